import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { dataFolder, homeFolder, wholeNumber } from '../environment.js';
import { writeText } from '../write-output.js';
import { describeService } from './banner.js';
import { startLocalService } from './local-service.js';
import { stopInOrder } from './stop-in-order.js';
import { listenForStop } from './stop-signals.js';

interface UpOptions {
  workers: number;
  port: number;
  home?: string;
  data?: string;
}

export function upCommand(program: Command): void {
  program
    .command('up')
    .description('run the API, workers and their database in this terminal')
    .option(
      '--workers <n>',
      'worker processes, one for each core unless given',
      wholeNumber('--workers', 0, 256),
      availableParallelism(),
    )
    .option(
      '--port <n>',
      'port of the API; CUVEE_PORT sets another default',
      wholeNumber('--port', 0, 65_535),
      defaultPort(),
    )
    .option('--home <folder>', 'database and logs (default: CUVEE_HOME or .cuvee)')
    .option('--data <folder>', "where the domains' sources lie (default: CUVEE_DATA, or data in the home folder)")
    .action(up);
}

function defaultPort(): number {
  return wholeNumber('CUVEE_PORT', 0, 65_535)(process.env.CUVEE_PORT ?? '8400');
}

async function up(options: UpOptions): Promise<void> {
  const home = homeFolder(options.home);
  const data = dataFolder(home, options.data);
  const signals = listenForStop();
  try {
    const service = await startLocalService({
      home,
      data,
      port: options.port,
      workers: options.workers,
      databaseUrl: process.env.DATABASE_URL || undefined,
      redisUrl: process.env.REDIS_URL || undefined,
      say: (message) => process.stderr.write(`${message} …\n`),
      warn: (message) => process.stderr.write(`warning: ${message}\n`),
    });
    if (!signals.asked()) writeText(describeService({ ...service, home, data, workers: options.workers }));
    await signals.first;
    await stopInOrder(service, signals);
  } catch (error) {
    // A Ctrl-C during the start also reaches the programs that make the database: their failure is no news then.
    if (!signals.asked()) throw error;
  } finally {
    signals.dispose();
  }
}
