import { nearestMixture } from '#libs/simplex';
import { neighbourDistances } from './neighbour-distances.js';

/** Share of the sampled mixtures whose own nearest neighbour is at most `limit` away. */
const REGION_QUANTILE = 0.95;
/** With more rows the quantile is that of evenly spaced ones, each compared with every row: pairs grow as the square. */
const MOST_ROWS = 1000;

/** A share this much above, and this many times, the largest that any run had is beyond what was sampled. */
const ABOVE = 0.02;
const TIMES = 2;

export const REGION_RULE =
  'outside when the total-variation distance to the nearest sampled mixture exceeds the 95th percentile of the ' +
  "sampled mixtures' own distances to their nearest distinct neighbour (of at most 1000 of them, evenly spaced, each " +
  "compared with all), or when a domain's weight is more than twice what any sampled mixture gives it, and more by 0.02";

export interface SampledRegion {
  readonly index: number;
  readonly distance: number;
  readonly limit: number;
  readonly outside: boolean;
  /** Domains whose weight is far above what any sampled mixture gives them, with that. */
  readonly unseen: readonly { readonly domain: number; readonly most: number }[];
}

/**
 * The 95th percentile over sampled mixtures of the distance to the nearest mixture that differs from it; 0 where none
 * does. Of more than 1000 mixtures every second, third, … is asked, but all are candidates for its neighbour.
 */
export function neighbourLimit(mixtures: readonly ArrayLike<number>[]): number {
  const step = Math.max(1, Math.ceil(mixtures.length / MOST_ROWS));
  const asked = [...mixtures.keys()].filter((r) => r % step === 0);
  const distances = neighbourDistances(mixtures, asked).filter(Number.isFinite).sort();
  if (distances.length === 0) return 0;
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
  const unseen: { domain: number; most: number }[] = [];
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! <= ABOVE) continue;
    const most = mixtures.reduce((largest, row) => Math.max(largest, row[i]!), 0);
    if (weights[i]! > most + ABOVE && weights[i]! > TIMES * most) unseen.push({ domain: i, most });
  }
  return { index, distance, limit, outside: distance > limit || unseen.length > 0, unseen };
}
