import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockTruncation, countsOfBlock } from './block-truncation.js';

const settings = { stop_strategy: 'restart' };

describe('countsOfBlock', () => {
  it('rounds shares down and gives what is left of the block to the source with most', () => {
    expect(countsOfBlock([0.7, 0.3], 2048)).toEqual([1434, 614]);
    expect(countsOfBlock([0.6, 0.3, 0.1], 2048)).toEqual([1230, 614, 204]);
  });

  it('gives the rest to the first of equals, and divides by the sum', () => {
    expect(countsOfBlock([1, 1, 1], 2048)).toEqual([684, 682, 682]);
  });

  it('loses a weight of 0.0003 in a block of 2048 and holds it in one of 32768', () => {
    expect(countsOfBlock([0.9997, 0.0003], 2048)).toEqual([2048, 0]);
    expect(countsOfBlock([0.9997, 0.0003], 32_768)).toEqual([32_759, 9]);
  });

  it('always fills the block, each share but the largest less than one sequence short', () => {
    const weights = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 65_535 }), (weights, block) => {
        const counts = countsOfBlock(weights, block);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(block);
        const largest = counts.indexOf(Math.max(...counts));
        counts.forEach((count, i) => {
          const short = (weights[i]! / total) * block - count;
          if (i !== largest) expect(short).toBeGreaterThanOrEqual(0);
          expect(short).toBeLessThan(1);
        });
      }),
    );
  });
});

describe('blockTruncation', () => {
  const input = { amounts: [0.9997, 0.0003], stock: [{ domain: 'web' }, {}], draws: 10_000, settings };

  it('counts whole blocks, as many as hold the draws', () => {
    expect(blockTruncation(input, 2048).counts).toEqual([5 * 2048, 0]);
    expect(blockTruncation(input, 32_768)).toMatchObject({
      sampler: 'truncated blocks',
      counted: 'sequences',
      counts: [32_759, 9],
      standardErrors: null,
    });
  });

  it('says which source is never drawn, and which gets much less than its share', () => {
    expect(blockTruncation(input, 2048).remarks).toEqual([
      'source 2 is never drawn: its share of a block of 2048 sequences is less than one',
    ]);
    expect(blockTruncation({ ...input, amounts: [0.9991, 0.0009] }, 2048).remarks).toEqual([
      'source 2 gets 1 of 2048 sequences, where its share is 1.84',
    ]);
    expect(blockTruncation({ ...input, amounts: [1, 0] }, 2048).remarks).toEqual([]);
  });

  it('says that a run shorter than a block gets a part of it by chance', () => {
    const short = { ...input, amounts: [0.5, 0.5], sequenceLength: 1024, targetTokens: 1024 * 2047 };
    expect(blockTruncation(short, 2048).remarks).toEqual([expect.stringMatching(/shorter than one block of 2048/)]);
    expect(blockTruncation({ ...short, targetTokens: 1024 * 2048 }, 2048).remarks).toEqual([]);
  });

  it('says where the data ends when it does not begin again', () => {
    const stock = [
      { domain: 'web', tokens: 1_000_000 },
      { domain: 'code', tokens: 100_000 },
    ];
    const ending = (rule: string, targetTokens?: number) =>
      blockTruncation(
        { amounts: [0.5, 0.5], stock, draws: 10, sequenceLength: 100, targetTokens, settings: { stop_strategy: rule } },
        1000,
      ).remarks;
    // 100,000 tokens are 1000 sequences, and every block of 1000 takes 500 of them.
    expect(ending('first_exhausted')).toEqual([
      'the data ends after about 2000 sequences, with "code" (stop_strategy first_exhausted)',
    ]);
    expect(ending('all_exhausted')).toEqual([
      'the data ends after about 20000 sequences, with "web" (stop_strategy all_exhausted)',
    ]);
    expect(ending('first_exhausted', 200_000)).toEqual([]);
    expect(ending('restart')).toEqual([]);
  });
});
