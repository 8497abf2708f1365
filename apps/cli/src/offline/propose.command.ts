import { type Command, Option } from 'commander';
import { optimisers } from '#libs/contracts';
import { UnusableInput } from '../cli.errors.js';
import { wholeNumber } from '../environment.js';
import { addTargetOptions } from './choose-targets.js';
import { addModelOptions } from './fit.command.js';
import type { ProposeOptions } from './propose/run-propose.js';
import { addRunsOptions } from './runs-input.js';

function number(name: string, interval: { above: number } | { least: number }): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const inside = 'above' in interval ? value > interval.above : value >= interval.least;
    if (text.trim() === '' || !Number.isFinite(value) || !inside) {
      const allowed = 'above' in interval ? `(${interval.above}, inf)` : `[${interval.least}, inf)`;
      throw new UnusableInput(`${name} must be a number in ${allowed}, got "${text}"`);
    }
    return value;
  };
}

/** What a proposal is asked for besides its runs: the same for `propose` and `import`. */
export function addProposalOptions(command: Command): Command {
  return command
    .option('--objective <file>', 'JSON: {"targets": {name: weight}, "combine": "weighted-mean" or "worst-case", …}')
    .option('--uncertainty <κ>', 'minimise the mean plus κ standard errors', number('--uncertainty', { least: 0 }))
    .option('--kl <λ>', 'add λ times the divergence from the natural mixture', number('--kl', { least: 0 }))
    .option('--pareto <file>', 'JSON: {"groups": {name: {target: weight}}}: also what the groups cost each other')
    .option('--prior <file>', 'JSON: share of the corpus by domain')
    .option('--tokens <file>', 'JSON: tokens available by domain')
    .option('--target-tokens <n>', 'length of the run (default: all tokens)', number('--target-tokens', { above: 0 }))
    .option('--max-epochs <n>', 'passes allowed over any domain (default: 4)', number('--max-epochs', { above: 0 }))
    .option('--caps <file>', 'JSON: upper bounds on single weights by domain')
    .option('--constraints <file>', 'JSON: caps, minimums, pinned, groups, excludeLicences, … as in the REST service')
    .option(
      '--baseline <file>',
      'JSON: {"name", "weights"}, as "cuvee mixture" prints it: also what is predicted for it',
    )
    .option('--licences <file>', 'JSON: licence by domain, for excludeLicences')
    .addOption(new Option('--optimiser <name>', 'how the optimum is found').choices([...optimisers]).default('auto'))
    .option('--samples <n>', 'mixtures simulated', wholeNumber('--samples', 1))
    .option('--top <n>', 'best simulated mixtures that are averaged', wholeNumber('--top', 1));
}

/** `cuvee propose`: needs no service and no database. */
export function proposeCommand(program: Command): void {
  const command = program
    .command('propose')
    .description('offline: propose a mixture from runs that you have as files')
    .option('--fit <file>', 'instead of runs: a file of "cuvee fit --save", whose fits are used again');
  addRunsOptions(command);
  addTargetOptions(command, 'the default: their mean is minimised');
  addProposalOptions(command);
  addModelOptions(command)
    .option('--out <file>', 'write the proposal there as JSON, for cuvee export')
    .option('--json', 'print the proposal as one JSON document on standard output')
    .action(async (options: ProposeOptions, command: Command) =>
      (await import('./propose/run-propose.js')).runPropose(options, (name) => command.getOptionValueSource(name)),
    );
}
