import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { gbdt } from './gbdt.js';
import { kernelsSourceSha256 } from './kernels/kernels.generated.js';

function runs(n: number, m: number, seed: number) {
  const random = createRandom(seed);
  const mixtures = Array.from({ length: n }, () => sampleDirichlet(random, Array(m).fill(0.5)));
  const losses = mixtures.map((p) => 3 + Math.exp(-4 * p[0]!) + p[1]! * p[1]! + 0.05 * random.normal());
  return { mixtures, losses };
}

const restore = (fitted: ReturnType<typeof gbdt.fit>) => gbdt.restore(JSON.parse(JSON.stringify(fitted.state())));

describe('a fitted forest', () => {
  it('predicts the same to the last bit for one mixture, for few and for thousands', () => {
    const settings = fc.record({
      rounds: fc.integer({ min: 1, max: 40 }),
      leaves: fc.integer({ min: 2, max: 32 }),
      minSamplesLeaf: fc.integer({ min: 1, max: 5 }),
      maxBins: fc.integer({ min: 2, max: 256 }),
      learningRate: fc.constantFrom(0.01, 0.3),
    });
    fc.assert(
      fc.property(settings, fc.integer({ min: 2, max: 40 }), fc.nat(1000), (parameters, m, seed) => {
        const { mixtures, losses } = runs(60, m, seed);
        const fitted = gbdt.fit(mixtures, losses, parameters);
        // Rows fitted on lie on no threshold; values on thresholds are in the next test.
        const many = runs(2100, m, seed + 1).mixtures;
        const together = fitted.predict(many);
        expect(fitted.predict(many.slice(0, 3))).toEqual(together.slice(0, 3));
        expect(restore(fitted).predict(many.slice(0, 300))).toEqual(together.slice(0, 300));
        expect(restore(fitted).predict(many)).toEqual(together);
      }),
      { numRuns: 25 },
    );
  });

  it('sends a weight that equals a threshold to the left, by either way of predicting', () => {
    const mixtures = [0, 0.25, 0.5, 0.75].map((x) => [x, 1 - x]);
    const fitted = gbdt.fit(mixtures, [1, 2, 3, 5], { rounds: 1, learningRate: 1, minSamplesLeaf: 1 });
    // Bounds lie half-way between the four values.
    const onBounds = [0.125, 0.375, 0.625].map((x) => [x, 1]);
    const few = Array.from(fitted.predict(onBounds));
    expect(few).toEqual([1, 2, 3]);
    const many = fitted.predict(Array.from({ length: 3000 }, (_, i) => onBounds[i % 3]!));
    many.forEach((prediction, i) => {
      expect(prediction).toBe(few[i % 3]);
    });
  });

  it('keeps its tables apart from those of other forests and from fits in between', () => {
    const [first, second] = [runs(80, 5, 1), runs(80, 9, 2)];
    const [a, b] = [gbdt.fit(first.mixtures, first.losses), gbdt.fit(second.mixtures, second.losses)];
    const [askA, askB] = [runs(1500, 5, 3).mixtures, runs(1500, 9, 4).mixtures];
    const [onlyA, onlyB] = [a.predict(askA), b.predict(askB)];
    expect(a.predict(askA)).toEqual(onlyA);
    gbdt.fit(second.mixtures, second.losses, { rounds: 3 });
    expect(a.predict(askA)).toEqual(onlyA);
    expect(b.predict(askB)).toEqual(onlyB);
  });

  it('comes back from its state as it was, in well under a megabyte', () => {
    const { mixtures, losses } = runs(1024, 100, 5);
    const fitted = gbdt.fit(mixtures, losses, { rounds: 100 });
    const restored = restore(fitted);
    expect(restored.describe()).toEqual(fitted.describe());
    expect([restored.residual, restored.reason, restored.iterations]).toEqual([
      fitted.residual,
      fitted.reason,
      fitted.iterations,
    ]);
    expect(restored.standardErrors(mixtures)).toBeNull();
    const trees =
      JSON.stringify(fitted.state()).length - JSON.stringify(gbdt.fit(mixtures, losses, { rounds: 1 }).state()).length;
    expect((trees * 1000) / 99).toBeLessThan(520_000);
  });

  it('without a single tree predicts the mean, however many mixtures', () => {
    const fitted = gbdt.fit(
      [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
      [1, 2, 6],
    );
    for (const p of restore(fitted).predict(Array.from({ length: 2000 }, () => [0.5, 0.5])))
      expect(p).toBeCloseTo(3, 12);
  });
});

describe('the compiled kernels', () => {
  it('are those of trees.c', () => {
    const source = readFileSync(new URL('./kernels/trees.c', import.meta.url));
    expect(createHash('sha256').update(source).digest('hex')).toBe(kernelsSourceSha256);
  });

  it('grow the same trees whatever was grown before', () => {
    const { mixtures, losses } = runs(300, 6, 7);
    const before = gbdt.fit(mixtures, losses, { rounds: 50 }).state();
    gbdt.fit(runs(40, 3, 8).mixtures, runs(40, 3, 8).losses);
    expect(gbdt.fit(mixtures, losses, { rounds: 50 }).state()).toEqual(before);
  });
});
