// MosaicML Streaming does not draw sample by sample: it fixes how many samples of each stream an epoch holds.
// mosaicml/streaming streaming/base/stream.py (apply_weights), streaming/base/batching/stratified.py.
import type { Draws, SimulationInput, SourceStock } from './draws.js';
import { sourceName } from './source-name.js';

export interface StreamRule {
  readonly counted: Draws['counted'];
  /** Samples of an epoch, where the file tells. */
  readonly epochSize: number | null;
  /** Samples of a global batch, if batches are stratified and their size is known. */
  readonly stratifiedBatch: number | null;
}

/**
 * An epoch of E samples holds ⌊E p_i⌋ of each stream, and the samples that rounding left over, fewer than there are
 * streams, go to one stream each, chosen at random once for the run.
 */
export function proportionalEpoch(input: SimulationInput, { counted, epochSize, stratifiedBatch }: StreamRule): Draws {
  const total = input.amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const shares = input.amounts.map((amount) => (amount ?? 0) / total);
  if (stratifiedBatch !== null)
    return stratified(shares, input.stock, stratifiedBatch, epochSize ?? input.draws, counted);
  const size = epochSize ?? underlying(input.stock, counted, input.sequenceLength) ?? input.draws;
  const counts = shares.map((share) => Math.trunc(size * share));
  const empty = counts.flatMap((count, i) => (count === 0 && shares[i]! > 0 ? [i] : []));
  const left = size - counts.reduce((sum, count) => sum + count, 0);
  const order = counts.map((_, i) => i);
  for (let k = 0; k < left && k < order.length; k++) {
    const other = k + Math.floor(input.random.uniform() * (order.length - k));
    [order[k], order[other]] = [order[other]!, order[k]!];
    counts[order[k]!]!++;
  }
  const chance = left / counts.length;
  const remarks =
    empty.length > 0 && epochSize !== null
      ? [
          `an epoch of ${size} samples is too short for ${named(input.stock, empty)}: it holds one sample of each or none`,
        ]
      : [];
  const error = Math.sqrt(Math.max(0, chance * (1 - chance))) / size;
  return { sampler: 'fixed samples of an epoch', counted, counts, standardErrors: counts.map(() => error), remarks };
}

/** The samples of each stream in a global batch of B: ⌊B p_i⌋, and one more for the largest remainders. */
export function batchPortions(shares: readonly number[], batch: number): number[] {
  const portions = shares.map((share) => Math.trunc(share * batch));
  const missing = batch - portions.reduce((sum, portion) => sum + portion, 0);
  const byRemainder = shares.map((_, i) => i).sort((a, b) => remainder(b) - remainder(a));
  for (const i of byRemainder.slice(0, Math.max(0, missing))) portions[i]!++;
  return portions;

  function remainder(i: number): number {
    return batch * shares[i]! - Math.trunc(batch * shares[i]!);
  }
}

function stratified(
  shares: readonly number[],
  stock: readonly SourceStock[],
  batch: number,
  samples: number,
  counted: Draws['counted'],
): Draws {
  const portions = batchPortions(shares, batch);
  const batches = Math.max(1, Math.floor(samples / batch));
  const empty = portions.flatMap((portion, i) => (portion === 0 ? [i] : []));
  return {
    sampler: 'the same portions in every batch',
    counted,
    counts: portions.map((portion) => portion * batches),
    standardErrors: null,
    remarks:
      empty.length > 0
        ? [`Streaming refuses to start: a stratified batch of ${batch} has no sample of ${named(stock, empty)}`]
        : [],
  };
}

/** An epoch holds ⌊r_i n_i⌋ samples of a stream of n_i that is repeated r_i times; none where n_i is not known. */
export function repeatedEpoch(input: SimulationInput, counted: Draws['counted']): Draws {
  const sizes = input.stock.map((stock) => samplesOf(stock, counted, input.sequenceLength));
  const known = sizes.every((size) => size !== null);
  const counts = input.amounts.map((amount, i) => (known ? Math.trunc((amount ?? 0) * sizes[i]!) : 0));
  const remarks = known ? [] : ['what repeating gives depends on the size of each source, which is not known'];
  return { sampler: 'every sample as often as asked', counted, counts, standardErrors: null, remarks };
}

/** Sum of the streams' samples: the epoch where no size is given. */
function underlying(stock: readonly SourceStock[], counted: Draws['counted'], length?: number): number | null {
  if (counted === 'sequences' && length === undefined) return null;
  const sizes = stock.map((source) => samplesOf(source, counted, length));
  return sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + size!, 0);
}

/** Without a sequence length, sequences of one token: the shares are the same. */
function samplesOf({ tokens, documents }: SourceStock, counted: Draws['counted'], length = 1): number | null {
  if (counted === 'documents') return documents ?? null;
  return tokens === undefined ? null : Math.floor(tokens / length);
}

function named(stock: readonly SourceStock[], indices: readonly number[]): string {
  return indices.map((i) => sourceName(stock, i)).join(', ');
}
