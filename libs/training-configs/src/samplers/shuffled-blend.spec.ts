import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { greedyBlend } from './greedy-blend.js';
import { shuffledBlend } from './shuffled-blend.js';

const draw = (amounts: readonly number[], tokens: readonly (number | undefined)[], draws: number, more = {}) =>
  shuffledBlend({
    amounts,
    stock: tokens.map((count, i) => ({ domain: `d${i}`, tokens: count })),
    draws,
    sequenceLength: 100,
    settings: {},
    random: createRandom(1),
    ...more,
  });

describe('shuffledBlend', () => {
  it('is the greedy blend after each pass over the data, without an error', () => {
    const once = greedyBlend({ amounts: [0.7, 0.3], draws: 1000 }).counts;
    expect(draw([0.7, 0.3], [60_000, 40_000], 1000)).toMatchObject({ counts: once, standardErrors: [0, 0] });
    expect(draw([0.7, 0.3], [60_000, 40_000], 3000).counts).toEqual(once.map((count) => 3 * count));
  });

  it('is a random part of it in between: the counts lie within five standard errors of the shares', () => {
    for (const tokens of [1e9, 300_000]) {
      const { counts, standardErrors } = draw([0.6, 0.3, 0.1], [tokens, tokens, tokens], 5000);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5000);
      [0.6, 0.3, 0.1].forEach((share, i) => {
        expect(standardErrors![i]).toBeGreaterThan(0);
        expect(Math.abs(counts[i]! / 5000 - share)).toBeLessThan(5 * standardErrors![i]!);
      });
    }
  });

  it('scatters less than independent draws by the part of the blend that is not drawn', () => {
    // 9000 sequences, of which 5000 are drawn.
    const { standardErrors } = draw([0.5, 0.5], [450_000, 450_000], 5000);
    expect(standardErrors![0]).toBeCloseTo(Math.sqrt(((0.25 / 5000) * 4000) / 8999), 12);
  });

  it('draws at random where the size of the data is not known', () => {
    const { counts, standardErrors, sampler } = draw([0.5, 0.5], [1e9, undefined], 1000);
    expect(sampler).toBe('shuffled greedy blend');
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(standardErrors![0]).toBeCloseTo(Math.sqrt(0.25 / 1000), 12);
  });

  it('says which part of a source a run longer than the data never sees', () => {
    // One blend of 10,000 tokens holds 5000 of each; of 9000 that leaves 4000 out, and the blend is repeated as it is.
    const long = draw([0.5, 0.5], [9000, 1000], 100, { targetTokens: 20_000 });
    expect(long.remarks).toEqual([
      'the run is longer than the data, and nanotron repeats one blend of that length: of "d0" it reads 55.6 %, however ' +
        'often',
    ]);
    expect(draw([0.5, 0.5], [9000, 1000], 100, { targetTokens: 10_000 }).remarks).toEqual([]);
    expect(draw([0.9, 0.1], [9000, 1000], 100, { targetTokens: 20_000 }).remarks).toEqual([]);
  });
});
