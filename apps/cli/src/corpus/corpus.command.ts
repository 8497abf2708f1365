import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { CorpusResponse } from '#libs/contracts';
import { ApiClient } from '../client/api-client.js';
import { apiUrl, dataFolder, homeFolder } from '../environment.js';
import { readJsonInput } from '../read-input.js';
import { countOf, formatBytes, formatShare } from '../terminal/numbers.js';
import { formatTable } from '../terminal/table.js';
import { writeJson, writeText } from '../write-output.js';
import { scanFolder } from './scan-folder.js';

export function corpusCommand(program: Command): void {
  const corpus = program.command('corpus').description('scan folders of text, register and show corpora');
  corpus
    .command('scan <folder>')
    .description('print the body of POST /v1/corpora: one domain for each .txt, .jsonl, .jsonl.gz and folder of text')
    .option('--name <name>', "the corpus' name (default: the folder's)")
    .option('--data <folder>', "the workers' data folder (default: CUVEE_DATA, or data in the home folder)")
    .option('--home <folder>', 'home folder (default: CUVEE_HOME or .cuvee)')
    .action((folder: string, options: { name?: string; data?: string; home?: string }) => {
      const root = dataFolder(homeFolder(options.home), options.data);
      const { domains, leftOut } = scanFolder(folder, root, ({ name, tokens, documents }) => {
        process.stderr.write(`${name}: ${formatBytes(tokens)} in ${countOf(documents ?? 0, 'document')}\n`);
      });
      if (leftOut.length > 0) process.stderr.write(`left out: ${leftOut.join(', ')}\n`);
      writeJson({ name: options.name ?? basename(resolve(folder)), domains });
    });
  corpus
    .command('create <file>')
    .description(
      'register a corpus: the body as a JSON file, "-" for standard input; the same content is the same version',
    )
    .option('--url <address>', 'address of the API')
    .option('--json', 'print one JSON document on standard output')
    .action(async (file: string, options: { url?: string; json?: boolean }) => {
      const created = await new ApiClient(apiUrl(options.url)).createCorpus(await readJsonInput(file));
      if (options.json) writeJson(created);
      else writeText(describeCorpus(created));
    });
  corpus
    .command('list')
    .description('the registered corpora')
    .option('--url <address>', 'address of the API')
    .option('--json', 'print one JSON document on standard output')
    .action(async (options: { url?: string; json?: boolean }) => {
      const corpora = await new ApiClient(apiUrl(options.url)).listCorpora();
      if (options.json) return writeJson({ corpora });
      writeText(
        corpora.length === 0
          ? 'No corpus yet. Register one with: cuvee corpus create FILE.json'
          : formatTable(
              [
                { title: 'corpus' },
                { title: 'name' },
                { title: 'version', align: 'right' },
                { title: 'domains', align: 'right' },
              ],
              corpora.map(({ id, name, version, domains }) => [id, name, String(version), String(domains.length)]),
            ),
      );
    });
}

function describeCorpus(corpus: CorpusResponse): string {
  const table = formatTable(
    [{ title: 'domain' }, { title: 'tokens', align: 'right' }, { title: 'natural share', align: 'right' }],
    corpus.domains.map(({ name, tokens, naturalWeight }) => [
      name,
      tokens === null ? '–' : String(tokens),
      naturalWeight === null ? '–' : formatShare(naturalWeight),
    ]),
  );
  return `${corpus.id}: ${corpus.name}, version ${corpus.version}\n\n${table}`;
}
