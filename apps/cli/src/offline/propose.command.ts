import type { Command } from 'commander';
import { UnusableInput } from '../cli.errors.js';
import { wholeNumber } from '../environment.js';
import { collectNames } from './fit.command.js';
import type { ProposeOptions } from './run-propose.js';

function positiveNumber(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
      throw new UnusableInput(`${name} must be a number in (0, inf), got "${text}"`);
    }
    return value;
  };
}

/** `cuvee propose`: needs no service and no database. */
export function proposeCommand(program: Command): void {
  program
    .command('propose')
    .description('offline: propose a mixture from runs that you have as CSV')
    .requiredOption('--weights <file>', 'CSV of domain weights, one row per run, with a column index, run or run_id')
    .requiredOption('--losses <file>', 'CSV of losses of the same runs')
    .option('--objective <file>', 'JSON: {"targets": {name: weight}, "combine": "weighted-mean" or "worst-case"}')
    .option('--target <name>', 'optimise the equal-weighted mean of these targets; may be repeated', collectNames)
    .option('--prior <file>', 'JSON: share of the corpus by domain')
    .option('--tokens <file>', 'JSON: tokens available by domain')
    .option(
      '--target-tokens <n>',
      'length of the run the weights are for (default: all tokens)',
      positiveNumber('--target-tokens'),
    )
    .option('--max-epochs <n>', 'passes allowed over any domain (default: 4)', positiveNumber('--max-epochs'))
    .option('--caps <file>', 'JSON: further upper bounds on single weights by domain')
    .option('--model <name>', 'auto, linear or gbdt', 'auto')
    .option('--folds <n>', 'folds of the cross-validation', wholeNumber('--folds', 2), 5)
    .option('--samples <n>', 'mixtures simulated (default: 100000)', wholeNumber('--samples', 1))
    .option('--top <n>', 'best mixtures averaged (default: 128)', wholeNumber('--top', 1))
    .option('--seed <n>', 'seed of folds and simulation', wholeNumber('--seed', 0), 42)
    .option('--out <file>', 'write the proposal there as JSON, for cuvee export')
    .option('--json', 'print the proposal as one JSON document on standard output')
    .action(async (options: ProposeOptions) => (await import('./run-propose.js')).runPropose(options));
}
