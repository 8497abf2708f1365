import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import cases from '../../fixtures/boosting.json' with { type: 'json' };
import { binFeatures } from './bin-features.js';
import { defaultMinSamplesLeaf, gbdt } from './gbdt.js';

function syntheticRuns(n: number, m: number, seed: number) {
  const random = createRandom(seed);
  const mixtures = Array.from({ length: n }, () => sampleDirichlet(random, Array(m).fill(0.5)));
  const losses = mixtures.map((p) => 3 + Math.exp(-4 * p[0]!) + p[1]! ** 2 + 0.02 * random.normal());
  return { mixtures, losses };
}

describe('gbdt', () => {
  it.each(cases)('agrees with exhaustive boosting, $parameters', (c) => {
    const fitted = gbdt.fit(c.mixtures, c.losses, c.parameters);
    fitted.predict(c.mixtures).forEach((p, i) => {
      expect(p).toBeCloseTo(c.fitted[i]!, 10);
    });
    fitted.predict(c.newMixtures).forEach((p, i) => {
      expect(p).toBeCloseTo(c.predictions[i]!, 10);
    });
  });

  it('reports the residual that its own predictions have', () => {
    const { mixtures, losses } = syntheticRuns(80, 4, 1);
    const fitted = gbdt.fit(mixtures, losses, { rounds: 60, learningRate: 0.1 });
    const predicted = fitted.predict(mixtures);
    const mse = losses.reduce((s, y, i) => s + (y - predicted[i]!) ** 2, 0) / losses.length;
    expect(fitted.residual).toBeCloseTo(Math.sqrt(mse), 10);
    expect(fitted.iterations).toBe(60);
  });

  it('fits closer with every round', () => {
    const { mixtures, losses } = syntheticRuns(80, 4, 2);
    const residual = (rounds: number) => gbdt.fit(mixtures, losses, { rounds, learningRate: 0.1 }).residual;
    expect(residual(10)).toBeGreaterThan(residual(40));
    expect(residual(40)).toBeGreaterThan(residual(160));
  });

  it('keeps to the fewest rows per leaf: with more than half of the rows it cannot split and predicts the mean', () => {
    const { mixtures, losses } = syntheticRuns(30, 3, 3);
    const fitted = gbdt.fit(mixtures, losses, { minSamplesLeaf: 16 });
    expect(fitted.reason).toMatch(/no split improves the fit after 0 trees/);
    const mean = losses.reduce((a, b) => a + b, 0) / 30;
    for (const p of fitted.predict(mixtures)) expect(p).toBeCloseTo(mean, 12);
    expect(gbdt.fit(mixtures, losses, { minSamplesLeaf: 1, minSumHessian: 16 }).iterations).toBe(0);
  });

  it('uses every setting', () => {
    const { mixtures, losses } = syntheticRuns(120, 4, 4);
    const base = { rounds: 20, learningRate: 0.1 };
    const plain = gbdt.fit(mixtures, losses, base).residual;
    const changes: Record<string, number>[] = [
      { leaves: 3 },
      { maxBins: 4 },
      { lambda: 20 },
      { minSamplesLeaf: 40 },
      { minSumHessian: 40 },
    ];
    for (const change of changes) {
      expect(gbdt.fit(mixtures, losses, { ...base, ...change }).residual).toBeGreaterThan(plain * 1.01);
    }
  });

  it('scales the fewest rows per leaf down when rows are few', () => {
    expect([8, 32, 64, 128, 200, 512].map(defaultMinSamplesLeaf)).toEqual([2, 3, 6, 12, 20, 20]);
    const { mixtures, losses } = syntheticRuns(32, 4, 5);
    expect(gbdt.fit(mixtures, losses).describe()).toMatchObject({ minSamplesLeaf: 3, leaves: 31, maxBins: 255 });
  });

  it('gives importance to the domains that matter', () => {
    const { mixtures, losses } = syntheticRuns(200, 5, 6);
    const { gainShare } = gbdt.fit(mixtures, losses, { rounds: 200 }).describe() as { gainShare: number[] };
    expect(gainShare.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(gainShare[0]! + gainShare[1]!).toBeGreaterThan(0.8);
  });

  it.each([
    [{ leaves: 33 }, /leaves must be an integer in \[2, 32\]/],
    [{ maxBins: 300 }, /maxBins/],
    [{ learningRate: 0 }, /learningRate must be a number in \(0, 1\]/],
    [{ rounds: 1.5 }, /rounds/],
    [{ depth: 3 }, /unknown parameter "depth"/],
  ])('refuses %j', (parameters, message) => {
    expect(() => gbdt.fit([[1, 0]], [1], parameters as unknown as Record<string, number>)).toThrow(message);
  });
});

describe('binFeatures', () => {
  it('gives every distinct value a bin when there are bins enough', () => {
    const { codes, bounds } = binFeatures([[0], [0.5], [0.5], [1]], 1, 255);
    expect(Array.from(codes)).toEqual([0, 1, 1, 2]);
    expect(Array.from(bounds[0]!)).toEqual([0.25, 0.75]);
  });

  it('does not tell values apart that differ by rounding alone', () => {
    expect(Array.from(binFeatures([[0.1], [0.1 + 1e-16], [0.3], [0.1 + 0.2]], 1, 255).codes)).toEqual([0, 0, 1, 1]);
  });

  it('shares bins of about equal row counts when there are not', () => {
    const rows = Array.from({ length: 100 }, (_, i) => [i / 99]);
    const { codes, bounds } = binFeatures(rows, 1, 4);
    expect(bounds[0]).toHaveLength(3);
    const counts = [0, 0, 0, 0];
    for (const code of codes) counts[code]! += 1;
    expect(counts).toEqual([25, 25, 25, 25]);
  });

  it('gives a value that many rows share a bin of its own', () => {
    const rows = Array.from({ length: 100 }, (_, i) => [i < 80 ? 0 : i / 99]);
    const { codes } = binFeatures(rows, 1, 3);
    expect(Array.from(codes.slice(0, 80)).every((code) => code === 0)).toBe(true);
    expect(codes[80]).toBe(1);
    expect(codes[99]).toBe(2);
  });
});
