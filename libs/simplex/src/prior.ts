import { InvalidInputError } from './invalid-input.error.js';
import { requireNumber } from './require-number.js';

/**
 * Token shares of the domains as they lie in the corpus: tokens_i / sum. Throws OUT_OF_RANGE naming the domain when
 * a count is negative or not finite, and PRIOR_EMPTY when all are zero.
 * @param tokens m counts >= 0, in tokens (any common unit gives the same shares)
 */
export function naturalPrior(names: readonly string[], tokens: ArrayLike<number>): number[] {
  let total = 0;
  for (let i = 0; i < names.length; i++) total += requireNumber(`tokens of "${names[i]}"`, tokens[i]!, { min: 0 });
  if (!(total > 0)) {
    throw new InvalidInputError('PRIOR_EMPTY', 'no domain has tokens', { argument: 'tokens', domains: [...names] });
  }
  return Array.from(tokens, (count) => count / total);
}

/**
 * q^exponent, renormalised: below 1 it flattens the prior towards uniform over the domains that have any mass.
 * RegMix tempers with exponent 0.5.
 */
export function temperPrior(prior: ArrayLike<number>, exponent: number): number[] {
  requireNumber('temperature', exponent, { min: 0 });
  // exp(e log q) and not q ** e: the last bit of pow differs between engine versions.
  const raised = Array.from(prior, (q) => (q === 0 ? 0 : Math.exp(exponent * Math.log(q))));
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((value) => value / sum);
}
