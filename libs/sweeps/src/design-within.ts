import { fillToCaps, InvalidInputError } from '#libs/simplex';
import type { WeightBounds } from './bounds.js';
import type { SweepContext } from './context.js';
import type { DesignTask } from './strategies/strategy.js';

/**
 * Mixtures within bounds. With lower bounds l and free mass r = 1 − Σl, a strategy designs q on the free mass under the
 * caps (u − l) / r, around what the prior has above l, and the mixture is l + r·q: pinned domains keep their weight and
 * minimums hold exactly. Without lower bounds the strategy's own mixtures come back untouched.
 */
export async function designWithin(
  context: SweepContext,
  task: Omit<DesignTask, 'caps'>,
  { lower, upper }: WeightBounds,
): Promise<number[][]> {
  const free = 1 - lower.reduce((sum, bound) => sum + bound, 0);
  if (free === 1) return context.design({ ...task, caps: upper });
  if (free < 1e-9) {
    throw new InvalidInputError('DESIGN_EXHAUSTED', 'the minimums and pinned weights leave one mixture only', {
      argument: 'constraints',
      value: 1 - free,
      allowed: 'minimums and pinned weights that sum to less than 1',
    });
  }
  const above = task.prior.map((share, i) => Math.max(0, share - lower[i]!));
  const caps = upper.map((bound, i) => Math.min(1, Math.max(0, bound - lower[i]!) / free));
  const total = above.reduce((sum, share) => sum + share, 0);
  const shares = total > 0 ? above.map((share) => share / total) : caps;
  const prior = fillToCaps(shares, caps);
  const mixtures = await context.design({ ...task, prior, caps });
  return mixtures.map((mixture) => mixture.map((weight, i) => lower[i]! + free * weight));
}
