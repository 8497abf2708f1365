// The blender of Megatron-Core and its relatives: each draw goes to the source that is furthest behind its weight.
import type { Draws, SimulationInput, SourceStock } from './draws.js';
import { sourceName } from './source-name.js';

/**
 * Draw n (from 0) goes to the source with the largest w_i max(n, 1) − taken_i, the first of equals:
 * `build_blending_indices` of NVIDIA/Megatron-LM, megatron/core/datasets/helpers.cpp, 298c71d, and the same rule in
 * EleutherAI/gpt-neox, megatron/data/helpers.cpp, b2848c1.
 *
 * After N draws a source is less than one draw ahead of w_i N. Behind it can be more than one, where many sources fall due
 * together: at most H_{m−1} − 1 + w_i, with H_k = 1 + 1/2 + … + 1/k; 0.5 + w_i for three sources, 5.3 + w_i for 300. (The k
 * sources furthest behind are on average at most 1/(k + 1) further behind than the k + 1 furthest, and all m together
 * are at −1/m.) A weight of 0 can be drawn once, when no other source is behind.
 * @param amounts m weights; the trainer divides them by their sum
 * @param stock what is known of the m sources, for remarks
 */
export function greedyBlend({
  amounts,
  draws,
  stock = [],
}: Pick<SimulationInput, 'amounts' | 'draws'> & { readonly stock?: readonly SourceStock[] }): Draws {
  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const weights = Float64Array.from(amounts, (amount) => (amount ?? 0) / total);
  const counts = new Float64Array(weights.length);
  for (let n = 0; n < draws; n++) {
    const due = Math.max(n, 1);
    let furthest = 0;
    let most = weights[0]! * due - counts[0]!;
    for (let i = 1; i < weights.length; i++) {
      const behind = weights[i]! * due - counts[i]!;
      if (behind > most) {
        most = behind;
        furthest = i;
      }
    }
    counts[furthest]! += 1;
  }
  return {
    sampler: 'greedy blend',
    counted: 'sequences',
    counts: [...counts],
    standardErrors: null,
    remarks: unresolved(weights, draws, stock),
  };
}

/** Draws are whole: a source that is due less than one shows as none or one, which says nothing of a longer run. */
function unresolved(weights: Float64Array, draws: number, stock: readonly SourceStock[]): string[] {
  const names = [...weights.keys()]
    .filter((i) => weights[i]! > 0 && weights[i]! * draws < 1)
    .map((i) => sourceName(stock, i));
  if (names.length === 0) return [];
  const listed = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  return [`in ${draws} draws less than one is due to ${listed}: a longer preview (draws) shows what they get`];
}
