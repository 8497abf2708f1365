// How OLMo-core cuts a mixture out of its files (SourceMixtureDatasetConfig.build, src/olmo_core/data/source_mixture.py,
// allenai/OLMo-core 004bb46): no draw, but an allotment of whole sequences, before the training and once. A source of
// share r in a run of T tokens needs int(rT) of them. Beyond its own p tokens it is taken again, whole passes first and
// then the part that is left. Each part becomes whole sequences, rounded down; the sequences that are missing to a whole
// number of batches go to the parts that have room, in equal numbers, and the last few by the largest remainders.
import type { Draws, SimulationInput } from './draws.js';
import { sourceName } from './source-name.js';

/** Sequence length of the preview where none is given: only the rounding depends on it. */
const LENGTH = 2048;

/** A deviation from the share that is worth a sentence. */
const NOTABLE = 0.05;

/** The part of a source that is not a whole pass over it. */
interface Part {
  sequences: number;
  /** What it may grow to. */
  readonly room: number;
  /** What rounding down took away, in sequences. */
  readonly remainder: number;
}

/**
 * As if each source were one file: of several, each one is rounded.
 * @param batchSize sequences of an optimizer step; the run is taken to end with any sequence where it is not known
 */
export function sourceMixture(
  { amounts, stock, draws, sequenceLength, targetTokens, settings }: Omit<SimulationInput, 'random'>,
  batchSize = 1,
): Draws {
  const length = sequenceLength ?? LENGTH;
  // Of a run of unknown length only the shares can be shown: the last batch and the room of a source depend on it.
  const known = targetTokens !== undefined;
  const tokensOf = (index: number) => (known ? stock[index]?.tokens : undefined);
  const batch = known ? batchSize : 1;
  const requested = Math.round(targetTokens ?? draws * length);
  const remarks: string[] = [];
  const whole: number[] = [];
  const parts = amounts.map((amount, i): Part | null => {
    const needed = Math.trunc(requested * (amount ?? 0));
    const tokens = tokensOf(i);
    const most = tokens === undefined ? Number.POSITIVE_INFINITY : capacity(tokens, settings, i);
    if (most < needed) {
      remarks.push(
        `OLMo-core refuses the mixture: ${sourceName(stock, i)} has ${most} tokens, repeated as often as it may be, and ` +
          `needs ${needed}`,
      );
    }
    const { passes, part } = cut(needed, tokens ?? Number.POSITIVE_INFINITY, length);
    whole.push(passes);
    return part;
  });
  const taken = parts.map((part, i) => whole[i]! + (part?.sequences ?? 0));
  const missing = Math.ceil(requested / (batch * length)) * batch - taken.reduce((sum, n) => sum + n, 0);
  const short = missing > 0 ? fill(parts, missing) : 0;
  if (short > 0) remarks.push(`the mixture ends ${short} sequences before the run: no source has more`);
  const counts = parts.map((part, i) => whole[i]! + (part?.sequences ?? 0));
  if (known) remarks.push(...deviations(amounts, counts, stock));
  return { sampler: 'allotment by share', counted: 'sequences', counts, standardErrors: null, remarks };
}

function deviations(
  amounts: SimulationInput['amounts'],
  counts: readonly number[],
  stock: SimulationInput['stock'],
): string[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const remarks: string[] = [];
  counts.forEach((count, i) => {
    const meant = (amounts[i] ?? 0) * total;
    if (Math.abs(count - meant) <= NOTABLE * meant) return;
    const share = Number(meant.toPrecision(3));
    remarks.push(
      count === 0
        ? `${sourceName(stock, i)} gets no sequence: its share is ${share} of one`
        : `${sourceName(stock, i)} gets ${count} sequences, where its share is ${share}: OLMo-core hands out what rounding ` +
            'left over in equal numbers, here to one file of each source',
    );
  });
  return remarks;
}

/** Tokens that a source may give: int((tokens × max_source_fraction) × max_repetition_ratio). */
function capacity(tokens: number, settings: SimulationInput['settings'], index: number): number {
  const limit = (name: string) => {
    const value = settings[`sources[${index}].${name}`];
    return typeof value === 'number' ? value : 1;
  };
  return Math.trunc(tokens * limit('max_source_fraction') * limit('max_repetition_ratio'));
}

function cut(needed: number, tokens: number, length: number): { passes: number; part: Part | null } {
  const share = needed / tokens;
  const passes = share > 1 ? Math.floor(share) : 0;
  if (passes > 0 && share === passes) return { passes: passes * Math.floor(tokens / length), part: null };
  const wanted = Number.isFinite(tokens) ? Math.ceil(tokens * (share - passes)) : needed;
  const room = Math.floor(tokens / length);
  const sequences = Math.min(Math.floor(wanted / length), room);
  const remainder = sequences < room ? (wanted % length) / length : 0;
  return { passes: passes === 0 ? 0 : passes * room, part: { sequences, room, remainder } };
}

/** Hands out missing sequences; answers how many found no place. */
function fill(parts: readonly (Part | null)[], missing: number): number {
  const eligible = parts.filter((part): part is Part => part !== null && part.sequences < part.room);
  if (eligible.length === 0) return missing;
  const each = Math.floor(missing / eligible.length);
  let left = missing;
  for (const part of eligible) {
    const added = Math.min(each, part.room - part.sequences);
    part.sequences += added;
    left -= added;
  }
  const byRemainder = eligible
    .map((part, index) => ({ part, index }))
    .filter(({ part }) => part.sequences < part.room)
    .sort((a, b) => b.part.remainder - a.part.remainder || b.index - a.index);
  for (const { part } of byRemainder.slice(0, left)) {
    part.sequences++;
    left--;
  }
  return left;
}
