import { sampleLogGamma } from './gamma.js';
import { InvalidInputError } from './invalid-input.error.js';
import type { Random } from './random.js';

/**
 * Writes one Dirichlet(concentration) draw into `out` and returns it. A domain with concentration 0 gets exactly 0.
 * Normalised by subtracting the largest logarithm, so tiny concentrations give near one-hot draws, never 0/0.
 * @param concentration m values >= 0, at least one positive
 * @param out m values, overwritten
 */
export function sampleDirichletInto(random: Random, concentration: ArrayLike<number>, out: Float64Array): Float64Array {
  let largest = -Infinity;
  for (let i = 0; i < concentration.length; i++) {
    const a = concentration[i]!;
    const value = a === 0 ? -Infinity : sampleLogGamma(random, a);
    out[i] = value;
    if (value > largest) largest = value;
  }
  if (largest === -Infinity) {
    throw new InvalidInputError('OUT_OF_RANGE', 'concentration must have at least one positive value', {
      argument: 'concentration',
      allowed: 'at least one value in (0, inf)',
    });
  }
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    const value = Math.exp(out[i]! - largest);
    out[i] = value;
    sum += value;
  }
  for (let i = 0; i < out.length; i++) out[i] = out[i]! / sum;
  return out;
}

/** One Dirichlet(concentration) draw as a plain array that sums to 1 within rounding. */
export function sampleDirichlet(random: Random, concentration: ArrayLike<number>): number[] {
  return Array.from(sampleDirichletInto(random, concentration, new Float64Array(concentration.length)));
}
