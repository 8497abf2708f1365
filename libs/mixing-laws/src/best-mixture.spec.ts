import { describe, expect, it } from 'vitest';
import { findBestMixture } from './best-mixture.js';

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
