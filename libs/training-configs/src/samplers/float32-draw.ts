// fairseq2's draw: independent, but from cumulative weights in float32 against a random number of 24 bits.
// facebookresearch/fairseq2 native/src/fairseq2n/data/sample_data_source.cc 013da07.
import type { Draws, SimulationInput } from './draws.js';
import { randomDraw } from './random-draw.js';
import { sourceName } from './source-name.js';

/** The random numbers are k / 2^24. */
const STEPS = 16_777_216;

/**
 * The exact chance of each source: the numbers k / 2^24 that lie above the cumulative weight before it and up to its
 * own, where the sums are rounded to float32 one after the other.
 * @param weights as float32 takes them, of any sum
 */
export function float32Chances(weights: readonly number[]): number[] {
  let sum = 0;
  const cumulative = weights.map((weight) => {
    sum = Math.fround(sum + Math.fround(weight));
    return sum;
  });
  // Sums within 1e-4 of 1 are not divided.
  const close = sum === 1 || Math.abs(1 - sum) < 1e-4 * Math.max(1, sum);
  const scaled = close ? cumulative : cumulative.map((value) => Math.fround(value / sum));
  let before = 0;
  return scaled.map((value, i) => {
    // Numbers 0 to k - 1 are below or at the cumulative weight; the last source takes whatever is left.
    const upTo = i === scaled.length - 1 ? STEPS : Math.min(STEPS, Math.floor(value * STEPS) + 1);
    // A source without any width of its own gets nothing: the search stops at the first cumulative weight that fits.
    const chance = Math.max(0, upTo - before) / STEPS;
    before = Math.max(before, upTo);
    return chance;
  });
}

export function float32Draw(input: Pick<SimulationInput, 'amounts' | 'stock' | 'draws' | 'random'>): Draws {
  const amounts = input.amounts.map((amount) => amount ?? 0);
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  const chances = float32Chances(amounts);
  const remarks: string[] = [];
  let most = 0;
  chances.forEach((chance, i) => {
    if (chance > 0) most = Math.max(most, Math.abs(chance / (amounts[i]! / total) - 1));
    else if (amounts[i]! > 0) {
      remarks.push(`${sourceName(input.stock, i)} is never drawn: its weight vanishes in sums of float32`);
    }
  });
  if (most > 0.01) {
    remarks.push(`sums of float32 put a share off by up to ${Number((100 * most).toPrecision(2))} % of itself`);
  }
  return { ...randomDraw({ ...input, amounts: chances }, 'documents'), sampler: 'random draw in float32', remarks };
}
