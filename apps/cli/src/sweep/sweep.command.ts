import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { runRoles, runStates } from '#libs/contracts';
import { ApiClient } from '../client/api-client.js';
import { apiUrl, wholeNumber } from '../environment.js';
import { readJsonInput } from '../read-input.js';
import { summarise } from '../terminal/progress-line.js';
import { writeJson, writeText } from '../write-output.js';
import { describeDesign, listRuns, listSweeps } from './sweep-text.js';
import { describeFully, watchToTheEnd } from './watch-to-the-end.js';

interface Common {
  url?: string;
  json?: boolean;
}

export function sweepCommand(program: Command): void {
  const sweep = program.command('sweep').description('create, list, show, watch, cancel sweeps and retry their runs');
  const add = (name: string, summary: string) =>
    sweep
      .command(name)
      .description(summary)
      .option('--url <address>', 'address of the API (default: CUVEE_URL, or what "cuvee up" of this folder serves)')
      .option('--json', 'print one JSON document on standard output');

  add('create <file>', 'submit a sweep: the body of POST /v1/sweeps as a JSON file, "-" for standard input')
    .option('--dry-run', 'show the design, its limits and its cost, and submit nothing')
    .option('--watch', 'stay and show the progress until the sweep ends')
    .option('--idempotency-key <key>', 'sending the same key again has no second effect')
    .action(create);
  add('list', 'newest first')
    .option('--limit <n>', 'sweeps to show', wholeNumber('--limit', 1, 100), 20)
    .option('--offset <n>', 'sweeps to leave out', wholeNumber('--offset', 0), 0)
    .action(async (options: Common & { limit: number; offset: number }) => {
      const page = await clientOf(options).listSweeps({ limit: options.limit, offset: options.offset });
      if (options.json) writeJson(page);
      else writeText(listSweeps(page));
    });
  add('show <id>', 'state, fit, proposal and confirmation of one sweep').action(async (id: string, options: Common) => {
    const client = clientOf(options);
    const found = await client.sweep(id);
    if (options.json) return writeJson(found);
    writeText(await describeFully(client, found));
  });
  add('watch <id>', 'show the progress until the sweep ends').action((id: string, options: Common) =>
    watchToTheEnd(clientOf(options), id, options),
  );
  add('runs <id>', 'the runs of one sweep')
    .addOption(new Option('--state <state>', 'only runs in this state').choices([...runStates]))
    .addOption(new Option('--role <role>', 'only runs in this role').choices([...runRoles]))
    .option('--fidelity <name>', 'only runs of this size')
    .action(async (id: string, options: Common & { state?: string; role?: string; fidelity?: string }) => {
      const { state, role, fidelity } = options;
      const runs = await clientOf(options).allRuns(id, { state, role, fidelity });
      if (options.json) writeJson({ runs, total: runs.length });
      else writeText(listRuns(runs));
    });
  add('cancel <id>', 'stop a sweep: waiting runs are dropped, running ones are told to stop').action(
    async (id: string, options: Common) => {
      const found = await clientOf(options).cancelSweep(id);
      if (options.json) writeJson(found);
      else writeText(`${found.id}: ${summarise(found.state, found.progress)}`);
    },
  );
  add(
    'retry-failed <id>',
    'run the failed runs again, with the same mixtures and seeds; if only the fit failed, fit again',
  ).action(async (id: string, options: Common) => {
    const retried = await clientOf(options).retryFailed(id);
    if (options.json) writeJson({ retried });
    else
      writeText(
        retried === 0
          ? 'No run has failed. If the fit had, it is made again.'
          : `${retried} ${retried === 1 ? 'run waits' : 'runs wait'} for a new attempt.`,
      );
  });
}

function clientOf(options: Common): ApiClient {
  return new ApiClient(apiUrl(options.url));
}

async function create(
  file: string,
  options: Common & { dryRun?: boolean; watch?: boolean; idempotencyKey?: string },
): Promise<void> {
  const body = await readJsonInput(file);
  const client = clientOf(options);
  if (options.dryRun) {
    const design = await client.designSweep(body);
    return options.json ? writeJson(design) : writeText(describeDesign(design));
  }
  const created = await client.createSweep(body, options.idempotencyKey ?? randomUUID());
  for (const note of created.notes) process.stderr.write(`note: ${note}\n`);
  if (options.watch) {
    process.stderr.write(`sweep ${created.id}\n`);
    return watchToTheEnd(client, created.id, options);
  }
  if (options.json) return writeJson(created);
  writeText(`${created.id}\n\nFollow it with: cuvee sweep watch ${created.id}`);
}
