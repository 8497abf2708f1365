import { nearestMixture, totalVariation } from '#libs/simplex';

/** Share of the sampled mixtures whose own nearest neighbour is at most `limit` away. */
const REGION_QUANTILE = 0.95;
/** Beyond this many rows the quantile is taken over evenly spaced rows, to keep the pairs countable. */
const MAX_ROWS = 2000;

export const REGION_RULE =
  'outside when the total-variation distance to the nearest sampled mixture exceeds the 95th percentile of the ' +
  "sampled mixtures' own distances to their nearest distinct neighbour";

export interface SampledRegion {
  readonly index: number;
  readonly distance: number;
  readonly limit: number;
  readonly outside: boolean;
}

/** The 95th percentile over sampled mixtures of the distance to the nearest mixture that differs from it. */
export function neighbourLimit(mixtures: readonly ArrayLike<number>[]): number {
  const step = Math.max(1, Math.ceil(mixtures.length / MAX_ROWS));
  const distances: number[] = [];
  for (let i = 0; i < mixtures.length; i += step) {
    let nearest = Infinity;
    for (let j = 0; j < mixtures.length; j++) {
      if (j === i) continue;
      const d = totalVariation(mixtures[i]!, mixtures[j]!);
      if (d > 1e-9 && d < nearest) nearest = d;
    }
    if (nearest < Infinity) distances.push(nearest);
  }
  if (distances.length === 0) return 0;
  distances.sort((a, b) => a - b);
  return distances[Math.min(distances.length - 1, Math.ceil(REGION_QUANTILE * distances.length) - 1)]!;
}

/**
 * Where a mixture lies with respect to those that were measured: a surrogate knows little outside them.
 * @param limit what `neighbourLimit(mixtures)` gave, when many mixtures are located among the same samples
 */
export function locateInSamples(
  weights: ArrayLike<number>,
  mixtures: readonly ArrayLike<number>[],
  limit = neighbourLimit(mixtures),
): SampledRegion {
  const { index, distance } = nearestMixture(weights, mixtures);
  return { index, distance, limit, outside: distance > limit };
}
