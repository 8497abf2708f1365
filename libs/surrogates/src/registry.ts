import { InvalidInputError } from '#libs/simplex';
import { gbdt } from './gbdt/gbdt.js';
import { linear } from './ridge.js';
import type { Surrogate } from './surrogate.js';

/** One line per surrogate, simplest first: `auto` prefers the earlier of equals. */
export const surrogates: readonly Surrogate[] = [
  linear, //
  gbdt,
];

/** What `model` may be: "auto" or a surrogate's name. */
export const modelNames: readonly string[] = ['auto', ...surrogates.map(({ name }) => name)];

/** The surrogates `model` stands for: all of them for "auto". Throws MODEL_UNKNOWN. */
export function surrogatesFor(model: string): readonly Surrogate[] {
  if (model === 'auto') return surrogates;
  const found = surrogates.find(({ name }) => name === model);
  if (!found) {
    throw new InvalidInputError('MODEL_UNKNOWN', `unknown model "${model}"; known: ${modelNames.join(', ')}`, {
      argument: 'model',
      value: model,
      allowed: modelNames.join(', '),
    });
  }
  return [found];
}
