// Levanter's MixtureDataset (lib/levanter/src/levanter/data/mixture.py, marin-community/marin 071105a, and
// src/levanter/data/mixture.py, stanford-crfm/levanter b8f28f4): the run is cut into blocks of b sequences, and every block
// holds the same number of each source, in another order. A source of share w has int(w b) of them, rounded down; what
// is left of the block goes to the one that has most, the first of equals.
import type { Draws, SimulationInput } from './draws.js';
import { sourceName } from './source-name.js';

/** A deviation from the share that is worth a sentence. */
const NOTABLE = 0.05;

/** Counts of each source in a block. */
export function countsOfBlock(amounts: readonly (number | null)[], block: number): number[] {
  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const counts = amounts.map((amount) => Math.trunc(((amount ?? 0) / total) * block));
  const rest = block - counts.reduce((sum, count) => sum + count, 0);
  const most = counts.reduce((best, count, i) => (count > counts[best]! ? i : best), 0);
  counts[most]! += rest;
  return counts;
}

/** As many whole blocks as hold the draws asked for: in those the counts are exact. */
export function blockTruncation(input: Omit<SimulationInput, 'random'>, block: number): Draws {
  const { amounts, stock, draws, sequenceLength, targetTokens } = input;
  const perBlock = countsOfBlock(amounts, block);
  const total = amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const meant = amounts.map((amount) => ((amount ?? 0) / total) * block);
  const blocks = Math.max(1, Math.ceil(draws / block));
  const remarks = perBlock.flatMap((count, i) => lossOf(sourceName(stock, i), count, meant[i]!, block));
  if (targetTokens !== undefined && sequenceLength !== undefined && targetTokens < block * sequenceLength) {
    remarks.push(
      `the run is shorter than one block of ${block} sequences, so what it gets is a random part of the block; a smaller ` +
        'block size follows the weights more closely',
    );
  }
  remarks.push(...endOfData(input, perBlock, block));
  return {
    sampler: 'truncated blocks',
    counted: 'sequences',
    counts: perBlock.map((count) => count * blocks),
    standardErrors: null,
    remarks,
  };
}

function lossOf(source: string, count: number, meant: number, block: number): string[] {
  if (meant === 0) return [];
  if (count === 0) return [`${source} is never drawn: its share of a block of ${block} sequences is less than one`];
  if (Math.abs(count - meant) <= NOTABLE * meant) return [];
  return [`${source} gets ${count} of ${block} sequences, where its share is ${Number(meant.toPrecision(3))}`];
}

/** Where the stopping rule is not to begin again, the data ends with its first or its last source. */
function endOfData(
  { stock, sequenceLength, targetTokens, settings }: Omit<SimulationInput, 'random'>,
  perBlock: readonly number[],
  block: number,
): string[] {
  const { stop_strategy: rule } = settings;
  if (rule !== 'first_exhausted' && rule !== 'all_exhausted') return [];
  if (sequenceLength === undefined) return [];
  const blocks = perBlock.map((count, i) => Math.floor((stock[i]?.tokens ?? Number.NaN) / sequenceLength) / count);
  const drawn = blocks.filter((_, i) => perBlock[i]! > 0);
  if (drawn.some(Number.isNaN)) return [];
  const last = rule === 'first_exhausted' ? Math.min(...drawn) : Math.max(...drawn);
  const sequences = Math.floor(last * block);
  if (targetTokens !== undefined && sequences * sequenceLength >= targetTokens) return [];
  const source = sourceName(stock, blocks.indexOf(last));
  return [`the data ends after about ${sequences} sequences, with ${source} (stop_strategy ${rule})`];
}
