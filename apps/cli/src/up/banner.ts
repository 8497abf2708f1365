import { relative } from 'node:path';
import { dataFolder, homeFolder } from '../environment.js';
import type { LocalService } from './local-service.js';

/** What a person needs to know once the service is up. */
export function describeService(
  service: Pick<LocalService, 'url' | 'logFolder' | 'database'> & { home: string; data: string; workers: number },
): string {
  const data = short(service.data);
  // Commands of another terminal look in .cuvee unless told otherwise.
  const elsewhere = service.data === dataFolder(homeFolder()) ? '' : ` --data ${data}`;
  const url = service.home === homeFolder() ? '' : ` --url ${service.url}`;
  return [
    'Cuvée is up.',
    '',
    `  API       ${service.url}/v1`,
    `  Docs      ${service.url}/docs`,
    `  Workers   ${service.workers}`,
    `  Data      ${service.data}`,
    `  Database  ${service.database}`,
    `  Logs      ${service.logFolder}`,
    '',
    `Put one file or folder of text for each domain below ${data}/my-corpus, then in another terminal:`,
    '',
    `  npx cuvee corpus scan ${data}/my-corpus${elsewhere} > corpus.json`,
    `  npx cuvee corpus create corpus.json${url}`,
    `  npx cuvee sweep create sweep.json --watch${url}     (a body to start from: docs/how-do-i-run-a-sweep.md)`,
    '',
    'Ctrl-C stops everything and keeps the data.',
  ].join('\n');
}

function short(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}
