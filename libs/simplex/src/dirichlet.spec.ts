import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleDirichlet } from './dirichlet.js';
import { createRandom } from './random.js';

describe('sampleDirichlet', () => {
  it('has the means and variances of the distribution', () => {
    const concentration = [0.2, 1, 3.8];
    const random = createRandom(5);
    const n = 20_000;
    const draws = Array.from({ length: n }, () => sampleDirichlet(random, concentration));
    concentration.forEach((a, i) => {
      const mean = draws.reduce((s, p) => s + p[i]!, 0) / n;
      const variance = draws.reduce((s, p) => s + (p[i]! - mean) ** 2, 0) / n;
      const expected = ((a / 5) * (1 - a / 5)) / 6;
      expect(Math.abs(mean - a / 5)).toBeLessThan(4.5 * Math.sqrt(expected / n));
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.1);
    });
  });

  it('is a mixture for any concentrations, even those whose gamma variates underflow', () => {
    const concentration = fc
      .array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 50, noNaN: true })), { minLength: 1, maxLength: 20 })
      .filter((values) => values.some((v) => v > 0));
    fc.assert(
      fc.property(concentration, fc.nat(), (values, seed) => {
        const p = sampleDirichlet(createRandom(seed), values);
        expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        p.forEach((w, i) => {
          expect(w).toBeGreaterThanOrEqual(0);
          if (values[i] === 0) expect(w).toBe(0);
        });
      }),
    );
  });

  it('refuses concentrations that are all zero', () => {
    expect(() => sampleDirichlet(createRandom(0), [0, 0])).toThrow(/at least one positive/);
  });
});
