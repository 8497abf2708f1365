// Grain's mixture, as MaxText and others use it: no chance, but whole proportions.
// google/grain grain/_src/python/dataset/transformations/mix.py f36f285 (_float_to_int_proportions,
// _dataset_and_key_of_next_element).
import type { Draws, SimulationInput } from './draws.js';

/** What Grain scales the smallest weight to before it cuts the decimals off. */
const SMALLEST = 100;

/** P_i = ⌊p_i (100 / min p)⌋: the whole numbers that Grain mixes by. @param shares positive, of any sum */
export function grainProportions(shares: readonly number[]): number[] {
  const scale = SMALLEST / Math.min(...shares);
  return shares.map((share) => Math.trunc(share * scale));
}

/**
 * Draws of each source among the first n. With P the whole proportions, source 0 has had ⌈n P_0 / Σ P⌉ draws, and the
 * others share the rest by the same rule; so after every Σ P draws each has had exactly P_i.
 */
export function grainCounts(proportions: readonly number[], n: number): number[] {
  let remaining = proportions.reduce((sum, value) => sum + BigInt(value), 0n);
  let left = BigInt(n);
  return proportions.map((value) => {
    const next = (left * (remaining - BigInt(value))) / remaining;
    const count = left - next;
    remaining -= BigInt(value);
    left = next;
    return Number(count);
  });
}

/** @param amounts all above 0: Grain refuses a weight of 0 */
export function grainInterleave(
  { amounts, draws }: Pick<SimulationInput, 'amounts' | 'draws'>,
  counted: Draws['counted'],
): Draws {
  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const shares = amounts.map((amount) => (amount ?? 0) / total);
  const used = shares.map((_, i) => i).filter((i) => shares[i]! > 0);
  const proportions = grainProportions(used.map((i) => shares[i]!));
  const sum = proportions.reduce((whole, value) => whole + value, 0);
  const counts = new Array<number>(shares.length).fill(0);
  grainCounts(proportions, draws).forEach((count, k) => {
    counts[used[k]!] = count;
  });
  const deviation = Math.max(...used.map((i, k) => Math.abs(proportions[k]! / sum / shares[i]! - 1)));
  const remarks =
    deviation > 1e-4
      ? [
          `Grain mixes by whole proportions, the smallest of them about ${SMALLEST}: a share is off by up to ` +
            `${Number((100 * deviation).toPrecision(2))} % of itself, however long the run`,
        ]
      : [];
  return { sampler: 'whole proportions, in turn', counted, counts, standardErrors: null, remarks };
}
