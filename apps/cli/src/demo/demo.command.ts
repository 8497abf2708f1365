import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { homeFolder, wholeNumber } from '../environment.js';
import { listenForStop } from '../up/stop-signals.js';
import { runDemo } from './run-demo.js';

export interface DemoOptions {
  json?: string;
  home?: string;
  runs: number;
  seeds: number;
  seed: number;
  workers: number;
  keep?: boolean;
}

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('the whole job on real text, on this machine: sweep, fit, proposal, confirmation, files')
    .option('--json <file>', 'write the report as JSON to this file')
    .option('--home <folder>', 'database, data and logs (default: CUVEE_HOME or .cuvee)')
    .option('--runs <n>', 'proxy runs of the design', wholeNumber('--runs', 8, 10_000), 32)
    .option('--seeds <n>', 'confirmation runs of each mixture', wholeNumber('--seeds', 3, 20), 3)
    .option('--seed <n>', 'the same seed gives the same weights', wholeNumber('--seed', 0, 2 ** 31 - 1), 42)
    .option('--workers <n>', 'worker processes', wholeNumber('--workers', 1, 256), 2)
    .option('--keep', 'keep the service up afterwards, until Ctrl-C')
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const home = homeFolder(options.home);
  const signals = listenForStop();
  try {
    await runDemo({
      ...options,
      home,
      data: join(home, 'data'),
      out: join(home, 'demo'),
      json: options.json === undefined ? undefined : resolve(options.json),
      signals,
    });
  } catch (error) {
    if (!signals.asked()) throw error;
  } finally {
    signals.dispose();
  }
  // What a shell expects of a program that was interrupted; with --keep, the Ctrl-C is how it ends well.
  if (signals.asked() && !options.keep) process.exitCode = 130;
}
