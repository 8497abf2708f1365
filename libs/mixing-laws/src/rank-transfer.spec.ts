import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { rankTransfer } from './rank-transfer.js';

describe('rankTransfer', () => {
  it('counts the mixtures measured at both, and says nothing of fewer than eight', () => {
    const small = [1, 2, 3, 4, 5, 6, 7, Number.NaN, 9];
    const large = [1, 2, 3, 4, 5, 6, 7, 8, Number.POSITIVE_INFINITY];
    expect(rankTransfer(small, large)).toEqual({ pairs: 7, spearman: null, lower90: null, upper90: null });
  });

  it("has Fisher's interval", () => {
    const small = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const large = [2, 1, 4, 3, 7, 5, 6, 10, 8, 9];
    const { spearman, lower90, upper90 } = rankTransfer(small, large);
    // rho = 1 - 6 * 16 / 990; tanh(artanh(rho) -+ 1.644854 * sqrt(1.06 / 7)) by numpy
    expect(spearman).toBeCloseTo(0.903030303, 9);
    expect(lower90).toBeCloseTo(0.690194, 5);
    expect(upper90).toBeCloseTo(0.972065, 5);
  });

  it('leaves doubt about a perfect order of few mixtures, and less of many', () => {
    const eight = rankTransfer([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(eight).toMatchObject({ spearman: 1, upper90: 1 });
    expect(eight.lower90!).toBeLessThan(0.98);
    const many = Array.from({ length: 100 }, (_, i) => i);
    expect(rankTransfer(many, many).lower90!).toBeGreaterThan(0.999);
    expect(rankTransfer([1, 1, 1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8]).spearman).toBeNull();
  });

  it('holds the true correlation in about nine of ten samples', () => {
    const random = createRandom(1, 77);
    // Of normal pairs with Pearson's r = 0.8 the rank correlation is (6 / pi) asin(r / 2) = 0.7859.
    let held = 0;
    for (let sample = 0; sample < 400; sample++) {
      const pairs = Array.from({ length: 24 }, () => {
        const a = random.normal();
        return [a, 0.8 * a + 0.6 * random.normal()] as const;
      });
      const { lower90, upper90 } = rankTransfer(
        pairs.map(([a]) => a),
        pairs.map(([, b]) => b),
      );
      if (lower90! <= 0.7859 && upper90! >= 0.7859) held++;
    }
    expect(held / 400).toBeGreaterThan(0.85);
    expect(held / 400).toBeLessThan(0.96);
  });
});
