import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import type { SimulationInput } from './draws.js';
import { batchPortions, proportionalEpoch, repeatedEpoch } from './stream-epoch.js';

const input = (amounts: readonly number[], more: Partial<SimulationInput> = {}): SimulationInput => ({
  amounts,
  stock: amounts.map(() => ({})),
  draws: 1000,
  settings: {},
  random: createRandom(1),
  ...more,
});
const rule = { counted: 'sequences', epochSize: null, stratifiedBatch: null } as const;

describe('proportionalEpoch', () => {
  it('cuts each share of the epoch down to whole samples and gives what is left over to single streams', () => {
    const amounts = [5, 3, 2, 1, 1, 1];
    const size = 1000;
    const { counts } = proportionalEpoch(input(amounts), { ...rule, epochSize: size });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(size);
    counts.forEach((count, i) => {
      expect(count - Math.trunc((size * amounts[i]!) / 13)).toBeOneOf([0, 1]);
    });
  });

  it('takes the size of all streams together where none is given, and the draws asked for where that is not known', () => {
    const stock = [{ documents: 300 }, { documents: 100 }];
    const documents = { ...rule, counted: 'documents' } as const;
    expect(proportionalEpoch(input([1, 1], { stock }), documents).counts).toEqual([200, 200]);
    const tokens = [{ tokens: 4096 }, { tokens: 8192 }];
    expect(proportionalEpoch(input([3, 1], { stock: tokens, sequenceLength: 1024 }), rule).counts).toEqual([9, 3]);
    expect(proportionalEpoch(input([3, 1], { stock: tokens }), rule).counts).toEqual([750, 250]);
  });

  it('warns of streams that an epoch is too short for', () => {
    const { remarks } = proportionalEpoch(input([0.9995, 0.0005]), { ...rule, epochSize: 1000 });
    expect(remarks).toEqual([expect.stringContaining('too short for source 2')]);
    expect(proportionalEpoch(input([0.9995, 0.0005]), { ...rule, epochSize: 2000 }).remarks).toEqual([]);
  });

  it('gives the spare samples to each stream alike over many runs', () => {
    const spare = [0, 0, 0];
    const random = createRandom(7);
    for (let run = 0; run < 3000; run++) {
      const { counts } = proportionalEpoch(input([1, 1, 1], { random }), { ...rule, epochSize: 100 });
      counts.forEach((count, i) => {
        spare[i]! += count - 33;
      });
    }
    for (const count of spare) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt((3000 * 2) / 9));
  });

  it('keeps the same portions in every stratified batch, the largest remainders first', () => {
    expect(batchPortions([0.6, 0.3, 0.1], 16)).toEqual([9, 5, 2]);
    const even = proportionalEpoch(input([6, 3, 1]), { ...rule, epochSize: 1000, stratifiedBatch: 16 });
    expect(even.counts).toEqual([558, 310, 124]);
    const none = proportionalEpoch(input([0.99, 0.01]), { ...rule, stratifiedBatch: 16 });
    expect(none.remarks).toEqual(['Streaming refuses to start: a stratified batch of 16 has no sample of source 2']);
  });
});

describe('repeatedEpoch', () => {
  it('reads each source as often as asked, the last pass cut down to whole samples', () => {
    const stock = [{ documents: 10 }, { documents: 7 }];
    expect(repeatedEpoch(input([2, 0.5], { stock }), 'documents').counts).toEqual([20, 3]);
    const tokens = [{ tokens: 2048 }, { tokens: 1100 }];
    expect(repeatedEpoch(input([1, 3], { stock: tokens, sequenceLength: 1024 }), 'sequences').counts).toEqual([2, 3]);
  });

  it('counts nothing where a size is not known, and says why', () => {
    const { counts, remarks } = repeatedEpoch(input([2, 0.5], { stock: [{ documents: 10 }, {}] }), 'documents');
    expect(counts).toEqual([0, 0]);
    expect(remarks).toEqual([expect.stringContaining('size of each source')]);
  });
});
