// Independent draws with the weights as probabilities: the shares scatter around the target.
import type { Random } from '#libs/simplex';
import type { Draws, SimulationInput } from './draws.js';

/**
 * Multinomial draws from p_i = amount_i / Σ amounts. The standard error of a source's share is √(p (1 − p) / draws).
 * @param counted what one draw takes: a packed sequence or a document
 */
export function randomDraw(
  { amounts, draws, random }: Pick<SimulationInput, 'amounts' | 'draws' | 'random'>,
  counted: Draws['counted'],
): Draws {
  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const shares = amounts.map((amount) => (amount ?? 0) / total);
  const cumulative = cumulated(shares);
  const reached = cumulative.at(-1) ?? 0;
  const counts = new Array<number>(shares.length).fill(0);
  for (let n = 0; n < draws; n++) counts[firstAbove(cumulative, random.uniform() * reached)]!++;
  return {
    sampler: 'random draw',
    counted,
    counts,
    standardErrors: shares.map((share) => Math.sqrt((share * (1 - share)) / draws)),
    remarks: [],
  };
}

/** One draw of an index. @param weights m weights of any positive sum; one of 0 is never drawn */
export function drawIndex(weights: readonly number[], random: Random): number {
  const cumulative = cumulated(weights);
  return firstAbove(cumulative, random.uniform() * (cumulative.at(-1) ?? 0));
}

function cumulated(weights: readonly number[]): number[] {
  let reached = 0;
  return weights.map((weight) => {
    reached += weight;
    return reached;
  });
}

/** Index of the first cumulative value above `value`, by bisection. */
function firstAbove(cumulative: readonly number[], value: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
