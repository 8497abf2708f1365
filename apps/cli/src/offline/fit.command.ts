import type { Command } from 'commander';
import { wholeNumber } from '../environment.js';
import type { FitOptions } from './run-fit.js';

export function collectNames(name: string, earlier: string[] = []): string[] {
  return [...earlier, name];
}

/** `cuvee fit`: needs no service and no database. */
export function fitCommand(program: Command): void {
  program
    .command('fit')
    .description('offline: fit a surrogate on runs that you have as CSV, and say how far to trust it')
    .requiredOption('--weights <file>', 'CSV of domain weights, one row per run, with a column index, run or run_id')
    .requiredOption('--losses <file>', 'CSV of losses of the same runs')
    .option('--target <name>', 'column of the losses to fit; may be repeated (default: all)', collectNames)
    .option('--model <name>', 'auto, linear or gbdt', 'auto')
    .option('--folds <n>', 'folds of the cross-validation', wholeNumber('--folds', 2), 5)
    .option('--seed <n>', 'seed of the folds', wholeNumber('--seed', 0), 42)
    .option('--predict <file>', 'CSV of further mixtures to predict; needs one target and --out')
    .option('--out <file>', 'where the predictions go, as CSV')
    .option('--json', 'print one JSON document on standard output')
    .action(async (options: FitOptions) => (await import('./run-fit.js')).runFit(options));
}
