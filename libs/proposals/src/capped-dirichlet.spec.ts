import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { CappedDirichlet } from './capped-dirichlet.js';

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe('CappedDirichlet', () => {
  it('stays a mixture within any feasible caps', () => {
    const input = fc.integer({ min: 1, max: 12 }).chain((m) =>
      fc.tuple(
        fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-4, max: 20, noNaN: true })), {
          minLength: m,
          maxLength: m,
        }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: m, maxLength: m }),
        fc.nat(),
      ),
    );
    fc.assert(
      fc.property(input, ([concentration, caps, seed]) => {
        fc.pre(sum(concentration) > 0 && sum(caps) >= 1);
        const p = new CappedDirichlet(createRandom(seed), caps).drawInto(concentration, new Float64Array(caps.length));
        expect(sum(p)).toBeCloseTo(1, 9);
        p.forEach((w, i) => {
          expect(w).toBeGreaterThanOrEqual(0);
          expect(w).toBeLessThanOrEqual(caps[i]! + 1e-9);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('is the plain Dirichlet where nothing is capped', () => {
    const sampler = new CappedDirichlet(createRandom(1), [1, 1, 1]);
    const mean = [0, 0, 0];
    for (let k = 0; k < 5000; k++) {
      sampler.drawInto([1, 2, 7], new Float64Array(3)).forEach((w, i) => {
        mean[i]! += w / 5000;
      });
    }
    expect(sampler.repaired).toBe(0);
    [0.1, 0.2, 0.7].forEach((expected, i) => {
      expect(Math.abs(mean[i]! - expected)).toBeLessThan(0.01);
    });
  });

  it('keeps giving different samples where rejection alone would find almost none', () => {
    const caps = [0.01, 0.02, 0.8, 0.8];
    const sampler = new CappedDirichlet(createRandom(2), caps);
    const rows = Array.from({ length: 300 }, () => sampler.drawInto([5, 5, 0.3, 0.3], new Float64Array(4)));
    expect(sampler.repaired).toBeGreaterThan(290);
    expect(new Set(rows.map((row) => row[2]!.toFixed(6))).size).toBeGreaterThan(50);
  });
});
