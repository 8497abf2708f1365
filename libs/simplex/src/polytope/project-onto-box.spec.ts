import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectEuclideanOntoBox } from './project-onto-box.js';

describe('projectEuclideanOntoBox', () => {
  it('lands on the bounded simplex, and no sampled feasible point is nearer', () => {
    const weight = fc.double({ min: -1, max: 2, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(weight, weight, weight), (point) => {
        const [lower, upper] = [
          [0, 0.1, 0],
          [0.7, 0.9, 0.6],
        ] as const;
        const h = projectEuclideanOntoBox(point, lower, upper, new Float64Array(3));
        expect(h.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
        h.forEach((w, i) => {
          expect(w >= lower[i]! && w <= upper[i]!).toBe(true);
        });
        const distance = (q: ArrayLike<number>) => point.reduce((sum, p, i) => sum + (p - q[i]!) ** 2, 0);
        for (let a = 0; a <= 0.7; a += 0.1) {
          for (let b = 0.1; b <= 0.9 && a + b <= 1; b += 0.1) {
            if (1 - a - b <= 0.6) expect(distance(h)).toBeLessThanOrEqual(distance([a, b, 1 - a - b]) + 1e-9);
          }
        }
      }),
      { seed: 3 },
    );
  });
});
