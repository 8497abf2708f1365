import { describe, expect, it } from 'vitest';
import { grainCounts, grainInterleave, grainProportions } from './grain-interleave.js';

/** The source of draw k, as Grain finds it: the first whose count grows between k and k + 1 draws. */
function sourceOf(k: number, proportions: readonly number[]): number {
  let remaining = proportions.reduce((sum, value) => sum + value, 0);
  let [now, then] = [k, k + 1];
  for (const [i, value] of proportions.entries()) {
    const nextNow = Math.floor((now * (remaining - value)) / remaining);
    const nextThen = Math.floor((then * (remaining - value)) / remaining);
    if (now - nextNow !== then - nextThen) return i;
    remaining -= value;
    [now, then] = [nextNow, nextThen];
  }
  throw new Error('no source grew');
}

describe('grainInterleave', () => {
  it('scales the smallest weight to 100 and cuts the decimals off', () => {
    expect(grainProportions([0.7, 0.3])).toEqual([233, 100]);
    expect(grainProportions([0.5, 0.3, 0.2])).toEqual([250, 150, 100]);
    // 0.047 (100 / 0.047) is a little below 100 in binary, in Python as here.
    expect(grainProportions([0.953, 0.047])).toEqual([2027, 99]);
  });

  it('counts what Grain’s own rule gives draw by draw', () => {
    for (const proportions of [
      [233, 100],
      [100, 100, 100],
      [250, 149, 100],
      [100, 9973, 411, 100, 2500],
    ]) {
      const replayed = proportions.map(() => 0);
      for (let n = 0; n < 2000; n++) {
        expect(grainCounts(proportions, n)).toEqual(replayed);
        replayed[sourceOf(n, proportions)]!++;
      }
    }
  });

  it('gives each source exactly its proportion after a whole turn, however large the numbers', () => {
    const proportions = [100, 99_999_999_900, 12_345_678_901];
    const turn = proportions.reduce((sum, value) => sum + value, 0);
    expect(grainCounts(proportions, turn)).toEqual(proportions);
  });

  it('says how far the whole proportions are from the weights, and is silent where they are not', () => {
    const { counts, remarks } = grainInterleave({ amounts: [0.7, 0.3], draws: 333_000 }, 'documents');
    expect(counts).toEqual([233_000, 100_000]);
    expect(remarks).toEqual([expect.stringContaining('off by up to 0.1 % of itself')]);
    expect(grainInterleave({ amounts: [3, 1], draws: 100 }, 'sequences')).toMatchObject({
      counts: [75, 25],
      standardErrors: null,
      remarks: [],
    });
  });
});
