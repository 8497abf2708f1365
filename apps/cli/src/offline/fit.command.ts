import type { Command } from 'commander';
import { modelNames, surrogates } from '#libs/surrogates';
import { UnusableInput } from '../cli.errors.js';
import { wholeNumber } from '../environment.js';
import { addTargetOptions, collect } from './choose-targets.js';
import type { FitOptions } from './fit/run-fit.js';
import { addRunsOptions } from './runs-input.js';

function collectSetting(text: string, earlier: Record<string, number> = {}): Record<string, number> {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const number = Number(value);
  if (name === undefined || !Number.isFinite(number)) {
    throw new UnusableInput(`--set needs name=number, such as --set rounds=500; got "${text}"`);
  }
  return { ...earlier, [name.trim()]: number };
}

const EXPERTS = "CSV of log-probabilities, a column per domain's own model and a row per token of a target's text";

/** Which model is fitted, and how it is cross-validated. */
export function addModelOptions(command: Command): Command {
  return command
    .option('--model <name>', `${modelNames.slice(0, -1).join(', ')} or ${modelNames.at(-1)}`, 'auto')
    .option('--set <name=value>', 'a setting of the named model; may be repeated', collectSetting)
    .option('--experts <file>', `${EXPERTS}; may be repeated`, collect)
    .option('--folds <n>', 'folds of the cross-validation', wholeNumber('--folds', 2), 5)
    .option('--seed <n>', 'seed of everything random', wholeNumber('--seed', 0), 42);
}

/** `cuvee fit`: needs no service and no database. */
export function fitCommand(program: Command): void {
  const command = program
    .command('fit')
    .description('offline: fit a surrogate on runs that you have as files, and say how far to trust it');
  addRunsOptions(command);
  addTargetOptions(command, 'the default');
  addModelOptions(command)
    .option('--predict <file>', 'CSV of further mixtures to predict; needs --out')
    .option('--out <file>', 'where the predictions go, as CSV')
    .option('--save <file>', 'keep the fit there, for cuvee predict --fit and cuvee propose --fit')
    .option('--json', 'print one JSON document on standard output')
    .addHelpText('after', `\n${describeModels()}`)
    .action(async (options: FitOptions) => (await import('./fit/run-fit.js')).runFit(options));
}

function describeModels(): string {
  const lines = surrogates.flatMap(({ name, summary, parameters }) => [
    `  ${name.padEnd(20)}${summary}`,
    ...Object.entries(parameters).map(
      ([setting, spec]) => `    --set ${setting}=${spec.default ?? '…'}  ${spec.meaning}`,
    ),
  ]);
  return ['Models, with their settings and defaults (auto weighs several of them against each other):', ...lines].join(
    '\n',
  );
}
