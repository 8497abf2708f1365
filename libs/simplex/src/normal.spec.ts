import { describe, expect, it } from 'vitest';
import { normalCumulative, normalDensity, truncatedNormalMean } from './normal.js';

describe('the normal distribution', () => {
  it('agrees with scipy.stats.norm.cdf on both sides of where the series ends', () => {
    const known = [
      [-8, 6.22096057427174e-16],
      [-5, 2.866515718791933e-7],
      [-3.0001, 0.0013494549132607172],
      [-2.9999, 0.001350341282954925],
      [-1, 0.15865525393145707],
      [0, 0.5],
      [0.3, 0.6179114221889526],
      [2.5, 0.9937903346742238],
      [4, 0.9999683287581669],
    ] as const;
    for (const [z, p] of known) expect(Math.abs(normalCumulative(z) / p - 1)).toBeLessThan(1e-12);
    expect(normalCumulative(-Infinity)).toBe(0);
    expect(normalCumulative(Infinity)).toBe(1);
    expect(normalCumulative(Number.NaN)).toBeNaN();
  });

  it('has a cumulative whose slope is the density', () => {
    for (const z of [-4, -3.2, -1.1, 0, 0.7, 2.9, 3.5]) {
      const slope = (normalCumulative(z + 1e-5) - normalCumulative(z - 1e-5)) / 2e-5;
      expect(slope).toBeCloseTo(normalDensity(z), 8);
    }
  });

  it('has the truncated mean of scipy.stats.truncnorm', () => {
    expect(truncatedNormalMean(0, 1, 0, Infinity)).toBeCloseTo(0.7978845608028654, 12);
    expect(truncatedNormalMean(2, 0.5, 2.5, 3)).toBeCloseTo(2.691584523315777, 10);
    expect(truncatedNormalMean(2, 0.5, -Infinity, 1)).toBeCloseTo(0.8133922335885799, 10);
  });

  it('keeps the truncated mean inside its interval, however far that is from the mean', () => {
    expect(truncatedNormalMean(0, 1, 50, 60)).toBe(50);
    expect(truncatedNormalMean(0, 1, -60, -50)).toBe(-50);
    expect(truncatedNormalMean(3, 0, 1, 2)).toBe(2);
    expect(truncatedNormalMean(3, 1, 5, 5)).toBe(5);
  });
});
