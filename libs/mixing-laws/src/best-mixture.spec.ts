import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBestMixture, projectOntoBounds } from './best-mixture.js';

const uniform = [[1 / 3, 1 / 3, 1 / 3]];

describe('findBestMixture', () => {
  it('finds the optimum in closed form of Σ c_i / h_i: weights in proportion to √c_i', () => {
    const c = [1, 4, 9];
    const law = (mixtures: readonly ArrayLike<number>[]) =>
      mixtures.map((h) => c.reduce((sum, ci, i) => sum + ci / (h[i]! + 1e-9), 0));
    const best = findBestMixture(law, { sampled: uniform });
    expect(best.converged).toBe(true);
    best.weights.forEach((w, i) => {
      expect(w).toBeCloseTo((i + 1) / 6, 3);
    });
    expect(best.distance).toBeCloseTo(1 / 6, 3);
  });

  it('stays inside the caps, and goes to them where the law pulls', () => {
    const linear = (mixtures: readonly ArrayLike<number>[]) => mixtures.map((h) => 3 - h[0]! - 0.5 * h[1]!);
    const best = findBestMixture(linear, { sampled: uniform, upper: [0.5, 0.3, 1] });
    [0.5, 0.3, 0.2].forEach((w, i) => {
      expect(best.weights[i]).toBeCloseTo(w, 6);
    });
    expect(() => findBestMixture(linear, { sampled: uniform, upper: [0.2, 0.2, 0.2] })).toThrow(/largest to 0.6000/);
  });

  it('escapes a local minimum from its other starts', () => {
    const twoWells = (mixtures: readonly ArrayLike<number>[]) =>
      mixtures.map((h) => Math.min((h[0]! - 0.4) ** 2 + 0.05, (h[0]! - 0.95) ** 2));
    const best = findBestMixture(twoWells, { sampled: uniform });
    expect(best.value).toBeLessThan(1e-3);
    expect(best.agreeing).toBeLessThan(best.starts);
  });
});

describe('projectOntoBounds', () => {
  it('lands on the bounded simplex, and no sampled feasible point is nearer', () => {
    const weight = fc.double({ min: -1, max: 2, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(weight, weight, weight), (point) => {
        const [lower, upper] = [
          [0, 0.1, 0],
          [0.7, 0.9, 0.6],
        ] as const;
        const h = projectOntoBounds(point, lower, upper);
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
