import { describe, expect, it } from 'vitest';
import { pairedDifference } from './paired-difference.js';

const bySeed = (...values: number[]) => new Map(values.map((value, seed) => [seed, value]));

describe('pairedDifference', () => {
  it('gives the mean, its standard error and the t-interval of the differences', () => {
    // scipy.stats.ttest_rel([3.1, 3.4, 3.3], [3.0, 3.1, 3.2]): t = 2.5, 95 % interval (-0.1202, 0.4535)
    const difference = pairedDifference(bySeed(3.1, 3.4, 3.3), bySeed(3.0, 3.1, 3.2));
    expect(difference?.mean).toBeCloseTo(0.5 / 3, 12);
    expect(difference?.standardError).toBeCloseTo(0.0666667, 6);
    expect(difference?.lower95).toBeCloseTo(-0.1202, 3);
    expect(difference?.upper95).toBeCloseTo(0.4535, 3);
  });

  it('pairs by seed and ignores seeds that only one side has', () => {
    const difference = pairedDifference(
      new Map([
        [1, 5],
        [2, 6],
        [9, 100],
      ]),
      new Map([
        [2, 5],
        [1, 4],
        [7, -100],
      ]),
    );
    expect(difference).toMatchObject({ mean: 1, standardError: 0, pairs: 2 });
  });

  it('abstains below two pairs', () => {
    expect(pairedDifference(bySeed(1), bySeed(2))).toBeNull();
    expect(pairedDifference(new Map(), new Map())).toBeNull();
  });
});
