// interleave_datasets of Hugging Face `datasets` (huggingface/datasets 5.0.1, src/datasets/arrow_dataset.py
// _interleave_map_style_datasets, iterable_dataset.py RandomlyCyclingMultiSourcesExamplesIterable): random draws of a
// source until a stopping rule ends the pass; the trainer then begins another.
import type { Random } from '#libs/simplex';
import type { Draws, SimulationInput } from './draws.js';
import { drawIndex } from './random-draw.js';
import { sourceName } from './source-name.js';

export type StoppingRule = 'first_exhausted' | 'all_exhausted' | 'all_exhausted_without_replacement';

/**
 * The sources of one pass, in order. A source that is used up begins anew, or with `…_without_replacement` is passed over.
 * @param sizes m sizes; Infinity for a source that does not end
 * @param next the next random draw of a source, or -1 to end the pass; with `…_without_replacement` it may leave out
 *   those that are used up, which changes nothing
 */
export function* interleavedPass(
  sizes: readonly number[],
  rule: StoppingRule,
  next: (exhausted: readonly boolean[]) => number,
): Generator<number> {
  const exhausted = sizes.map(() => false);
  const taken = sizes.map(() => 0);
  const ends = () => (rule === 'first_exhausted' ? exhausted.includes(true) : !exhausted.includes(false));
  while (!ends()) {
    const source = next(exhausted);
    if (source < 0) return;
    if (rule === 'all_exhausted_without_replacement' && exhausted[source]) continue;
    taken[source]!++;
    yield source;
    if (taken[source]! < sizes[source]!) continue;
    exhausted[source] = true;
    taken[source] = 0;
  }
}

/**
 * As many draws as were asked for, from as many passes as they take. Where the documents of each source and the run's
 * length are known, the sources are scaled so that the draws stand for the whole run: shares that drift as sources are
 * used up drift here too.
 * @param streamed whether the mixture is drawn while training, each pass anew; otherwise one pass is drawn and held in
 *   memory, and every other is that pass again
 */
export function interleave(input: SimulationInput, rule: StoppingRule, streamed: boolean): Draws {
  const total = input.amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
  const shares = input.amounts.map((amount) => (amount ?? 0) / total);
  const run = documentsOfRun(shares, input);
  const sizes = shares.map((_, i) => {
    const documents = input.stock[i]?.documents;
    if (run === null || documents === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.round((documents * input.draws) / run));
  });
  const counts = shares.map(() => 0);
  const next = (exhausted: readonly boolean[]) => draw(shares, rule, exhausted, input.random);
  const held: number[] = [];
  let left = input.draws;
  while (left > 0) {
    const isHeld = !streamed && held.length > 0;
    for (const source of isHeld ? held : interleavedPass(sizes, rule, next)) {
      counts[source]!++;
      if (!streamed && !isHeld) held.push(source);
      if (--left === 0) break;
    }
  }
  const independent = streamed ? input.draws : held.length;
  return {
    sampler: `random draw, ${rule}`,
    counted: 'documents',
    counts,
    standardErrors: shares.map((share) => Math.sqrt((share * (1 - share)) / independent)),
    remarks: remarksOn(shares, input, run, rule, streamed),
  };
}

/** A source by its share; -1 where only sources of share 0 are left, for which the trainer would wait without end. */
function draw(shares: readonly number[], rule: StoppingRule, exhausted: readonly boolean[], random: Random): number {
  if (rule !== 'all_exhausted_without_replacement') return drawIndex(shares, random);
  const open = shares.map((share, i) => (exhausted[i] ? 0 : share));
  return open.some((share) => share > 0) ? drawIndex(open, random) : -1;
}

/** Documents the run draws if every source lasts; null unless tokens, documents and the run's length are known. */
function documentsOfRun(shares: readonly number[], { stock, targetTokens }: SimulationInput): number | null {
  if (targetTokens === undefined) return null;
  let perDocument = 0;
  for (const [i, share] of shares.entries()) {
    const { tokens, documents } = stock[i] ?? {};
    if (share === 0) continue;
    if (tokens === undefined || !documents) return null;
    perDocument += share * (tokens / documents);
  }
  return targetTokens / perDocument;
}

function remarksOn(
  shares: readonly number[],
  { stock }: SimulationInput,
  run: number | null,
  rule: StoppingRule,
  streamed: boolean,
): string[] {
  const used = shares.map((_, i) => i).filter((i) => shares[i]! > 0);
  const ends = used.map((i) => (stock[i]?.documents ?? Number.NaN) / shares[i]!);
  if (ends.length === 0 || ends.some((end) => !Number.isFinite(end))) return [];
  const first = ends.indexOf(Math.min(...ends));
  const last = ends.indexOf(Math.max(...ends));
  const name = (k: number) => sourceName(stock, used[k]!);
  const about = (documents: number) => `about ${Math.round(documents)} documents`;
  const remarks: string[] = [];
  if (rule === 'first_exhausted') {
    remarks.push(`a pass over the mixture ends when ${name(first)} is used up, after ${about(ends[first]!)}`);
    if (run !== null && run > ends[first]!) {
      const unread = used.map((i, k) => [k, 1 - (ends[first]! * shares[i]!) / stock[i]!.documents!] as const);
      const most = unread.reduce((best, entry) => (entry[1] > best[1] ? entry : best));
      remarks.push(
        `the run draws ${about(run)} and so begins it anew ${Math.ceil(run / ends[first]!) - 1} times; each pass ` +
          `reads the same ${streamed ? 'beginning of every source, unless they are shuffled anew,' : 'documents'} and leaves ` +
          `${percent(most[1])} of ${name(most[0])} unread`,
      );
    }
  } else if (rule === 'all_exhausted') {
    if (!streamed) {
      remarks.push(
        `without streaming, the places of ${about(ends[last]!)} are put in memory before the first is drawn`,
      );
    }
  } else if (run !== null && run > ends[first]!) {
    remarks.push(
      `${name(first)} is used up after ${percent(ends[first]! / run)} of the run; from then on the others share its ` +
        'place, so the shares drift from the weights: all_exhausted keeps them',
    );
  }
  return remarks;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
