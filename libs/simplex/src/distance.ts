import { InvalidInputError } from './invalid-input.error.js';

/** Sum of |p_i - q_i|, between 0 and 2 for two mixtures. */
export function l1Distance(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += Math.abs(p[i]! - q[i]!);
  return sum;
}

/** Total variation: half the L1 distance, the share of tokens that would have to change domain. In [0, 1]. */
export function totalVariation(p: ArrayLike<number>, q: ArrayLike<number>): number {
  return l1Distance(p, q) / 2;
}

/** The mixture nearest to `target` in total variation (the first of equals). Throws SHAPE on an empty list. */
export function nearestMixture(
  target: ArrayLike<number>,
  mixtures: readonly ArrayLike<number>[],
): { index: number; distance: number } {
  if (mixtures.length === 0) {
    throw new InvalidInputError('SHAPE', 'mixtures must hold at least one mixture', { argument: 'mixtures', value: 0 });
  }
  let index = 0;
  let distance = Infinity;
  for (let i = 0; i < mixtures.length; i++) {
    const d = totalVariation(target, mixtures[i]!);
    if (d < distance) {
      index = i;
      distance = d;
    }
  }
  return { index, distance };
}
