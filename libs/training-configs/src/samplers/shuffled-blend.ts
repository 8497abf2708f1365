// nanotron's Nanoset (src/nanotron/data/nanoset.py, huggingface/nanotron 1dfee7f): the greedy blend is built once, over
// as many sequences as all sources have together, then shuffled, repeated for longer runs and cut to the run's length.
// So a run shorter than the data gets a random part of the blend, and one that is longer sees the same part again.
import type { Draws, SimulationInput } from './draws.js';
import { greedyBlend } from './greedy-blend.js';
import { randomDraw } from './random-draw.js';
import { sourceName } from './source-name.js';

export function shuffledBlend(input: SimulationInput): Draws {
  const { amounts, stock, draws, sequenceLength, targetTokens, random } = input;
  const tokens = stock.map(({ tokens }) => tokens);
  const available = tokens.reduce<number>((sum, count) => sum + (count ?? Number.NaN), 0);
  const sampler = 'shuffled greedy blend';
  const remarks = targetTokens !== undefined && targetTokens > available ? partsNeverRead(input, available) : [];
  const epoch = sequenceLength === undefined ? Number.NaN : Math.floor(available / sequenceLength);
  if (!(epoch >= 1)) return { ...randomDraw({ amounts, draws, random }, 'sequences'), sampler, remarks };

  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const shares = amounts.map((amount) => (amount ?? 0) / total);
  // The blend holds each source within one sequence of its share; only a short one is worth building.
  const blend = epoch <= draws ? greedyBlend({ amounts, draws: epoch }).counts : shares.map((share) => share * epoch);
  const repeats = Math.floor(draws / epoch);
  const rest = draws - repeats * epoch;
  const part = drawWithout(blend, rest, random.uniform.bind(random));
  const left = epoch > 1 ? (epoch - rest) / (epoch - 1) : 0;
  return {
    sampler,
    counted: 'sequences',
    counts: part.map((count, i) => count + repeats * blend[i]!),
    standardErrors: shares.map((share) => Math.sqrt(share * (1 - share) * rest * left) / draws),
    remarks,
  };
}

/** Counts of `draws` draws from a pile of `pile[i]` of each kind, none of which is put back. */
function drawWithout(pile: readonly number[], draws: number, uniform: () => number): number[] {
  const left = [...pile];
  let total = left.reduce((sum, count) => sum + count, 0);
  const counts = left.map(() => 0);
  for (let n = 0; n < draws; n++) {
    let at = uniform() * total;
    let i = 0;
    while (i < left.length - 1 && at >= left[i]!) {
      at -= left[i]!;
      i++;
    }
    counts[i]!++;
    const taken = Math.min(1, left[i]!);
    left[i]! -= taken;
    total -= taken;
  }
  return counts;
}

/** In a run longer than the data, a source with less weight than its share of the data is never read to its end. */
function partsNeverRead({ amounts, stock }: SimulationInput, available: number): string[] {
  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  return amounts.flatMap((amount, i) => {
    const read = ((amount ?? 0) / total) * (available / stock[i]!.tokens!);
    if (read >= 0.999) return [];
    return [
      `the run is longer than the data, and nanotron repeats one blend of that length: of ${sourceName(stock, i)} it ` +
        `reads ${Number((100 * read).toPrecision(3))} %, however often`,
    ];
  });
}
