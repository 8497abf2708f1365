import type { Command } from 'commander';
import { addTargetOptions } from './choose-targets.js';
import type { PredictOptions } from './predict/prediction.js';

/** `cuvee predict`: what a fit expects of any mixture. */
export function predictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('what a fit expects of any mixture, with 90% intervals')
    .requiredOption('--fit <file or id>', 'a file of "cuvee fit --save", or the id of a fit of the service (fit_…)')
    .option('--mixture <json>', 'one mixture, such as \'{"web": 0.5, "code": 0.5}\'; domains not named are 0')
    .option('--weights <file>', 'CSV of mixtures, one row for each');
  addTargetOptions(command, 'the default')
    .option('--out <file>', 'where the predictions go, as CSV')
    .option('--url <address>', 'address of the API, for the id of a fit')
    .option('--json', 'print one JSON document on standard output')
    .action(async (options: PredictOptions) => (await import('./predict/run-predict.js')).runPredict(options));
}
