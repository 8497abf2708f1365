import { describe, expect, it } from 'vitest';
import moments from '../fixtures/log-gamma.json' with { type: 'json' };
import { sampleGamma, sampleLogGamma } from './gamma.js';
import { createRandom } from './random.js';

describe('sampleLogGamma', () => {
  it.each(moments)('has mean digamma and variance trigamma at shape $shape', ({ shape, mean, variance }) => {
    const random = createRandom(11);
    const n = 30_000;
    const draws = Float64Array.from({ length: n }, () => sampleLogGamma(random, shape));
    const average = draws.reduce((a, b) => a + b, 0) / n;
    const spread = draws.reduce((a, b) => a + (b - average) ** 2, 0) / (n - 1);
    expect(Math.abs(average - mean)).toBeLessThan(4.5 * Math.sqrt(variance / n));
    // log G has at most the kurtosis of the exponential distribution, 9: relative error of the variance sqrt(8 / n).
    expect(Math.abs(spread / variance - 1)).toBeLessThan(4.5 * Math.sqrt(8 / n));
  });

  it('stays finite where the variate itself underflows', () => {
    const random = createRandom(2);
    const shape = 1e-5;
    const draws = Array.from({ length: 500 }, () => sampleLogGamma(random, shape));
    expect(draws.every(Number.isFinite)).toBe(true);
    expect(sampleGamma(createRandom(2), shape)).toBe(0);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the shape %s', (shape) => {
    expect(() => sampleLogGamma(createRandom(0), shape)).toThrow(/shape must be a number in \(0, inf\)/);
  });
});
