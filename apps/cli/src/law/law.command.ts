import type { Command } from 'commander';
import { UnusableInput } from '../cli.errors.js';
import { wholeNumber } from '../environment.js';
import { FORMS, type Form } from './law-form.js';
import type { LawOptions } from './law-options.js';
import { collectSizes, scaleOption } from './model-size.js';

function formNamed(text: string): Form {
  const found = FORMS.find((form) => form === text);
  if (found) return found;
  throw new UnusableInput(`--form must be one of ${FORMS.join(', ')}; got "${text}"`);
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/** `--cap DOMAIN=WEIGHT`, repeated. */
function collectCaps(text: string, earlier: Map<string, number> = new Map()): Map<string, number> {
  const at = text.lastIndexOf('=');
  const value = at > 0 ? Number(text.slice(at + 1)) : Number.NaN;
  if (!(value >= 0 && value <= 1)) {
    throw new UnusableInput(`--cap must be DOMAIN=WEIGHT with a weight in [0, 1], such as wiki=0.2; got "${text}"`);
  }
  return new Map(earlier).set(text.slice(0, at), value);
}

function splitNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** A number of tokens that may be 0: every measured loss is wanted. */
function tokensOrNone(text: string): number {
  return Number(text) === 0 ? 0 : scaleOption('--min-tokens')(text);
}

/** `cuvee law`: from runs at small scales to a loss, and a mixture, at a large one. */
export function lawCommand(program: Command): void {
  program
    .command('law')
    .description('offline: fit laws across steps, sizes and mixtures, and predict a scale that was not trained')
    .requiredOption(
      '--data <file>',
      'CSV of losses: mixture, step, domain, loss; or weight_…, …_loss; repeatable',
      collect,
    )
    .requiredOption('--form <name>', `${FORMS.join(', ')}`, formNamed)
    .option('--target <name>', 'a loss to fit; repeatable (default: all)', collect)
    .option('--target-weights <file>', 'JSON, {"target": weight}: what the best mixture is judged by (default: equal)')
    .option('--n <parameters>', 'size to predict, such as 1B (default: the largest trained)', scaleOption('--n'))
    .option('--d <tokens>', 'tokens to predict, or steps (default: where most runs ended)', scaleOption('--d'))
    .option('--size <label=parameters>', "parameters of a file's runs or of a size label; repeatable", collectSizes)
    .option('--tokens-per-step <tokens>', 'turns a step column into tokens', scaleOption('--tokens-per-step'))
    .option('--domains <names>', 'names of the domains, separated by commas, in the order of the mixture', splitNames)
    .option(
      '--min-tokens <tokens>',
      'leave out losses before this (default: a quarter of a run; 0: none)',
      tokensOrNone,
    )
    .option('--cap <domain=weight>', 'largest weight of a domain in the best mixture; repeatable', collectCaps)
    .option('--model <name>', 'law of the mixture, for --form mixture and nested', 'log-linear')
    .option('--bootstraps <n>', 'refits behind the intervals', wholeNumber('--bootstraps', 2, 1000), 30)
    .option('--seed <n>', 'seed of starts, folds and refits', wholeNumber('--seed', 0), 42)
    .option('--predict <file>', 'CSV of mixtures, with sizes, tokens and losses if it has them; needs --out')
    .option('--out <file>', 'where the predictions go, as CSV')
    .option('--json', 'print one JSON document on standard output')
    .action(async (options: LawOptions) => (await import('./run-law.js')).runLaw(options));
}
