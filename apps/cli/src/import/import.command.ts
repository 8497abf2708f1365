import { type Command, Option } from 'commander';
import { fitModels } from '#libs/contracts';
import { wholeNumber } from '../environment.js';
import { addTargetOptions } from '../offline/choose-targets.js';
import { addProposalOptions } from '../offline/propose.command.js';
import { addRunsOptions } from '../offline/runs-input.js';
import type { ImportOptions } from './run-import.js';

/** `cuvee import`: what `cuvee propose` does, by the service, which keeps the runs, the fits and the proposal. */
export function importCommand(program: Command): void {
  const command = program
    .command('import')
    .description('give finished runs to the service, which fits them, proposes a mixture and keeps both');
  addRunsOptions(command);
  addTargetOptions(command, 'the default: their mean is minimised');
  addProposalOptions(command)
    .addOption(new Option('--model <name>', 'what is fitted').choices([...fitModels]).default('auto'))
    .option('--folds <n>', 'folds of the cross-validation', wholeNumber('--folds', 2, 20), 5)
    .option('--seed <n>', 'seed of everything random', wholeNumber('--seed', 0), 42)
    .option('--name <text>', 'name of the sweep that holds the runs')
    .option('--idempotency-key <key>', 'sending the same key again has no second effect')
    .option('--no-watch', 'print the id of the sweep and do not wait for its proposal')
    .option('--url <address>', 'address of the API (default: CUVEE_URL, or what "cuvee up" of this folder serves)')
    .option('--json', 'print one JSON document on standard output')
    .action(async (options: ImportOptions) => (await import('./run-import.js')).runImport(options));
}
