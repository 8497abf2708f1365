import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceMixture } from './source-mixture.js';

const draw = (
  amounts: readonly number[],
  tokens: readonly (number | undefined)[],
  { requested = 1_000_000, length = 100, batch = 1, settings = {} as Record<string, number> } = {},
) =>
  sourceMixture(
    {
      amounts,
      stock: tokens.map((count, i) => ({ domain: `d${i}`, tokens: count })),
      draws: 10,
      sequenceLength: length,
      targetTokens: requested,
      settings,
    },
    batch,
  );

/** SourceMixtureDatasetConfig.build step by step: every pass over a source an entry of its own, as the trainer lists them. */
function replay(
  amounts: readonly number[],
  tokens: readonly number[],
  requested: number,
  length: number,
  batch: number,
) {
  const entries = amounts.flatMap((ratio, source) => {
    const take = Math.trunc(requested * ratio) / tokens[source]!;
    const chunks: number[] = [];
    if (take > 1) for (let remaining = take; remaining > 0; remaining -= 1) chunks.push(Math.min(1, remaining));
    else chunks.push(take);
    return chunks.map((chunk) => ({ source, kept: Math.ceil(tokens[source]! * chunk), most: tokens[source]! }));
  });
  const room = entries.map(({ most }) => Math.floor(most / length));
  const counts = entries.map(({ kept }, i) => Math.min(Math.floor(kept / length), room[i]!));
  const remainders = entries.map(({ kept }, i) => (counts[i]! < room[i]! ? (kept % length) / length : 0));
  const wanted = Math.ceil(requested / (batch * length)) * batch;
  const sum = () => counts.reduce((total, count) => total + count, 0);
  const missing = wanted - sum();
  const eligible = counts.map((_, i) => i).filter((i) => counts[i]! < room[i]!);
  if (missing > 0 && eligible.length > 0) {
    const each = Math.floor(missing / eligible.length);
    for (const i of eligible) counts[i]! += Math.min(each, room[i]! - counts[i]!);
    const left = wanted - sum();
    const candidates = eligible.filter((i) => counts[i]! < room[i]!);
    candidates.sort((a, b) => remainders[b]! - remainders[a]! || b - a);
    for (const i of candidates.slice(0, Math.max(0, left))) counts[i]!++;
  }
  return amounts.map((_, source) =>
    entries.reduce((total, entry, i) => total + (entry.source === source ? counts[i]! : 0), 0),
  );
}

describe('sourceMixture', () => {
  it('gives whole sequences of every source, and those that are missing by the largest remainders', () => {
    // 333,333.3… tokens are 3333 sequences of 100 and a third of one; one sequence is missing to 10,000.
    expect(draw([1 / 3, 1 / 3, 1 / 3], [1e6, 1e6, 1e6]).counts).toEqual([3333, 3333, 3334]);
    expect(draw([0.6, 0.3, 0.1], [1e6, 1e6, 1e6]).counts).toEqual([6000, 3000, 1000]);
  });

  it('fills the last batch in equal numbers, whatever the shares are', () => {
    const { counts, remarks } = draw([0.99, 0.01], [2e6, 2e6], { requested: 100_000, batch: 700 });
    // Two batches are 1400 sequences, 400 more than the run: 200 for each source.
    expect(counts).toEqual([1190, 210]);
    expect(remarks).toEqual([
      '"d0" gets 1190 sequences, where its share is 1390: OLMo-core hands out what rounding left over in equal numbers, here to one file of each source',
      '"d1" gets 210 sequences, where its share is 14: OLMo-core hands out what rounding left over in equal numbers, here to one file of each source',
    ]);
  });

  it('takes a small source again as often as its share needs', () => {
    const settings = { 'sources[1].max_repetition_ratio': 3 };
    expect(draw([0.5, 0.5], [1e6, 200_000], { settings, requested: 1_000_000 }).counts).toEqual([5000, 5000]);
  });

  it('says what OLMo-core refuses: a source whose tokens, repeated as often as they may be, are too few', () => {
    expect(draw([0.5, 0.5], [1e6, 200_000]).remarks[0]).toBe(
      'OLMo-core refuses the mixture: "d1" has 200000 tokens, repeated as often as it may be, and needs 500000',
    );
    const held = { 'sources[0].max_source_fraction': 0.25 };
    expect(draw([0.5, 0.5], [1e6, 1e6], { settings: held }).remarks[0]).toMatch(/"d0" has 250000 tokens/);
    expect(draw([0.5, 0.5], [5e5, 5e5]).remarks).toEqual([]);
  });

  it('takes a source of unknown size for large enough', () => {
    expect(draw([0.5, 0.5], [undefined, 1e6])).toMatchObject({ counts: [5000, 5000], remarks: [] });
  });

  it('says when a source gets nothing, and when the sources end before the run does', () => {
    expect(draw([0.99999, 0.00001], [1e6, 1e6], { requested: 100_000 }).remarks).toEqual([
      '"d1" gets no sequence: its share is 0.01 of one',
    ]);
    expect(draw([0.5, 0.5], [1000, 1000], { requested: 2000, batch: 30 }).remarks).toEqual([
      'the mixture ends 10 sequences before the run: no source has more',
    ]);
  });

  it('shows shares alone for a run of unknown length', () => {
    const input = { amounts: [0.75, 0.25], stock: [{ tokens: 10 }, { tokens: 10 }], draws: 1000, settings: {} };
    expect(sourceMixture(input, 512)).toMatchObject({ counts: [750, 250], remarks: [] });
  });

  it('counts as the trainer does, entry by entry, for any mixture', () => {
    const source = fc.record({
      weight: fc.integer({ min: 1, max: 1000 }),
      tokens: fc.integer({ min: 300, max: 200_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1000, max: 500_000 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 60 }),
        (sources, requested, length, batch) => {
          const total = sources.reduce((sum, { weight }) => sum + weight, 0);
          const amounts = sources.map(({ weight }) => weight / total);
          const tokens = sources.map(({ tokens }) => tokens);
          expect(draw(amounts, tokens, { requested, length, batch }).counts).toEqual(
            replay(amounts, tokens, requested, length, batch),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
