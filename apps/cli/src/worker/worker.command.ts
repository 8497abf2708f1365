import type { Command } from 'commander';
import { CommandFailed } from '../cli.errors.js';
import { dataFolder, homeFolder, wholeNumber } from '../environment.js';

export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description('run one worker that trains proxy runs')
    .option('--pull <url>', 'take runs from an API over HTTP, where no queue can be reached (default: CUVEE_PULL_URL)')
    .option('--home <folder>', 'home folder (default: CUVEE_HOME or .cuvee)')
    .option('--data <folder>', "where the domains' sources lie (default: CUVEE_DATA, or data in the home folder)")
    .option(
      '--concurrency <n>',
      'runs trained at a time (default: CUVEE_CONCURRENCY or 1)',
      wholeNumber('--concurrency', 1, 64),
    )
    .action(runWorker);
}

interface WorkerOptions {
  pull?: string;
  home?: string;
  data?: string;
  concurrency?: number;
}

async function runWorker(options: WorkerOptions): Promise<void> {
  const stop = stopRequested();
  const home = homeFolder(options.home);
  const queue = await findQueue(home, options.pull);
  const [{ startWorker }, { readWorkerConfig }] = await Promise.all([
    import('../../../../gpu-workers/src/host/main.js'),
    import('../../../../gpu-workers/src/host/config.js'),
  ]);
  const worker = await startWorker(
    readWorkerConfig({
      ...process.env,
      ...queue,
      CUVEE_HOME: home,
      CUVEE_DATA: dataFolder(home, options.data),
      ...(options.concurrency === undefined ? {} : { CUVEE_CONCURRENCY: String(options.concurrency) }),
    }),
  );
  await stop;
  await worker.close();
  if (process.connected) process.disconnect();
}

/**
 * The API named by --pull; else what the environment names; else the PostgreSQL that "cuvee up" runs in this folder.
 * Of REDIS_URL and DATABASE_URL the first carries the queue.
 */
async function findQueue(home: string, pull: string | undefined): Promise<NodeJS.ProcessEnv> {
  const none = { REDIS_URL: undefined, DATABASE_URL: undefined };
  if (pull !== undefined) return { ...none, CUVEE_PULL_URL: pull };
  const { REDIS_URL, DATABASE_URL, CUVEE_PULL_URL } = process.env;
  if (REDIS_URL || DATABASE_URL || CUVEE_PULL_URL) return {};
  const { findStack } = await import('#libs/stack');
  const stack = await findStack(home);
  if (stack) return { ...none, DATABASE_URL: stack.databaseUrl };
  throw new CommandFailed(
    `no queue to take work from: set REDIS_URL, or run "cuvee up" on ${home} first (another folder: --home or ` +
      'CUVEE_HOME), or name an API with --pull',
  );
}

/** Resolves when a person, the system, or the end of the process that started this worker asks it to stop. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    let asked: number | null = null;
    const onSignal = () => {
      // Asked again, and not by the echo of the same Ctrl-C: the trainers end by themselves when this process is gone.
      if (asked !== null && Date.now() - asked > 1000) process.exit(1);
      asked ??= Date.now();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
    process.on('disconnect', resolve);
  });
}
