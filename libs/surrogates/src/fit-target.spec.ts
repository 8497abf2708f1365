import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { fitTarget, fitTargets } from './fit-target.js';
import { assignFolds } from './folds.js';
import { outOfFoldHalfWidth } from './prediction-interval.js';
import { scorePredictions } from './scores.js';
import { chanceSpearman, testSignal } from './signal.js';

function runs(n: number, seed: number, loss: (p: number[], noise: () => number) => number) {
  const random = createRandom(seed);
  const mixtures = Array.from({ length: n }, () => sampleDirichlet(random, [1, 1, 1, 1]));
  return { mixtures, losses: mixtures.map((p) => loss(p, () => random.normal())) };
}

describe('fitTarget', () => {
  it('scores out of fold, against the mean as baseline', () => {
    const { mixtures, losses } = runs(60, 1, (p, noise) => 2 - p[0]! + 0.5 * p[1]! + 0.02 * noise());
    const { diagnostics, outOfFold } = fitTarget(mixtures, losses, { seed: 1, model: 'linear' });
    expect(diagnostics.outOfFold).toEqual(scorePredictions(outOfFold, losses));
    expect(diagnostics.outOfFold.spearman!).toBeGreaterThan(0.98);
    expect(diagnostics.outOfFold.rmse).toBeLessThan(0.03);
    expect(diagnostics.outOfFold.rmse).toBeGreaterThan(diagnostics.trainingRmse);
    expect(diagnostics.baseline.rmse).toBeGreaterThan(0.15);
    expect(diagnostics.baseline.r2!).toBeLessThan(0);
    expect(diagnostics.signal.present).toBe(true);
  });

  it('lets auto take the straight line where the truth is one, and trees where it is a step', () => {
    const line = runs(60, 2, (p) => 2 - p[0]! + p[1]!);
    const step = runs(150, 3, (p) => (p[0]! > 0.3 ? 2 : 3) + (p[1]! > 0.5 ? 1 : 0));
    const straight = fitTarget(line.mixtures, line.losses, { seed: 1 }).diagnostics;
    const stepped = fitTarget(step.mixtures, step.losses, { seed: 1 }).diagnostics;
    expect([straight.model, stepped.model]).toEqual(['linear', 'gbdt']);
    expect(straight.why).toMatch(/lowest out-of-fold RMSE: linear .* against gbdt/);
    for (const { candidates, outOfFold } of [straight, stepped]) {
      expect(outOfFold.rmse).toBe(Math.min(...candidates.map((c) => c.outOfFold.rmse)));
    }
  });

  it('finds no signal in noise', () => {
    let present = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { mixtures, losses } = runs(24, seed + 100, (_, noise) => noise());
      if (fitTarget(mixtures, losses, { seed, model: 'linear' }).diagnostics.signal.present) present += 1;
    }
    expect(present).toBeLessThanOrEqual(7); // 1 to 2% of 200 expected
  });

  it('says "no signal" for a constant target, and nothing is NaN', () => {
    const { mixtures } = runs(20, 4, () => 0);
    for (const model of ['auto', 'linear', 'gbdt']) {
      const { diagnostics, surrogate } = fitTarget(mixtures, Array(20).fill(1.25), { seed: 1, model });
      expect(diagnostics.signal).toEqual({
        present: false,
        reason: 'no signal: the target is constant',
        threshold: null,
      });
      expect(diagnostics.outOfFold.spearman).toBeNull();
      expect(diagnostics.outOfFold.r2).toBeNull();
      expect(JSON.parse(JSON.stringify(diagnostics))).toEqual(diagnostics);
      expect(surrogate.predict([mixtures[0]!])[0]).toBeCloseTo(1.25, 9);
    }
  });

  it('names what is missing', () => {
    const { mixtures, losses } = runs(20, 5, (p) => p[0]!);
    expect(() => fitTarget(mixtures.slice(0, 4), losses.slice(0, 4), { seed: 1 })).toThrow(
      /mixtures has 4 rows; at least 5 are needed/,
    );
    expect(() => fitTarget(mixtures, losses, { seed: 1, model: 'forest' })).toThrow(
      /unknown model "forest"; known: auto, linear, gbdt/,
    );
    expect(() => fitTarget(mixtures, losses, { seed: 1, parameters: { lambda: 1 } })).toThrow(
      /belong to one surrogate/,
    );
    expect(() => fitTarget(Array(8).fill([0.5, 0.5]), [1, 2, 3, 4, 5, 6, 7, 8], { seed: 1 })).toThrow(
      /1 distinct rows; at least 2/,
    );
  });

  it('is the same from run to run', () => {
    const { mixtures, losses } = runs(40, 6, (p, noise) => p[0]! + 0.1 * noise());
    expect(fitTarget(mixtures, losses, { seed: 9 }).diagnostics).toEqual(
      fitTarget(mixtures, losses, { seed: 9 }).diagnostics,
    );
  });
});

describe('fitTargets', () => {
  it('leaves a run out for the target that it lacks, and for no other', () => {
    const { mixtures, losses } = runs(20, 7, (p) => p[0]!);
    const gap = losses.map((loss, i) => (i === 3 ? Number.NaN : i === 5 ? null : loss));
    const seen: string[] = [];
    const fits = fitTargets(mixtures, { gap, whole: losses }, { seed: 1, model: 'linear' }, (t) => seen.push(t));
    expect(seen).toEqual(['gap', 'whole']);
    expect(fits.whole!.rowsUsed).toHaveLength(20);
    expect(fits.gap!.rowsUsed).toEqual([...Array(20).keys()].filter((r) => r !== 3 && r !== 5));
    expect(() => fitTargets(mixtures, { none: Array(20).fill(null) }, { seed: 1 })).toThrow(
      /target "none" has 0 finite losses/,
    );
  });
});

describe('assignFolds', () => {
  it('keeps copies of a mixture together and the folds nearly equal', () => {
    const { mixtures } = runs(15, 8, () => 0);
    const tripled = mixtures.flatMap((p) => [p, [...p], p.map((w) => w + 1e-13)]);
    const { foldOf, count, distinct } = assignFolds(tripled, 5, 3);
    expect([count, distinct]).toEqual([5, 15]);
    const sizes = [0, 0, 0, 0, 0];
    for (let r = 0; r < 45; r += 3) {
      expect(foldOf[r + 1]).toBe(foldOf[r]);
      expect(foldOf[r + 2]).toBe(foldOf[r]);
      sizes[foldOf[r]!]! += 3;
    }
    expect(sizes).toEqual([9, 9, 9, 9, 9]);
    expect(assignFolds(tripled, 5, 4).foldOf).not.toEqual(foldOf);
  });
});

describe('testSignal', () => {
  it('asks more of few mixtures than of many, and gives up below five', () => {
    expect(chanceSpearman(32)).toBeCloseTo(0.42, 2);
    expect(chanceSpearman(32)).toBeCloseTo(Math.tanh(2.326348 * Math.sqrt(1.06 / 29)), 3);
    expect(chanceSpearman(32, 2)).toBeCloseTo(Math.tanh(2.575829 * Math.sqrt(1.06 / 29)), 3);
    expect(chanceSpearman(8)).toBeGreaterThan(0.78);
    expect(testSignal(0.99, 4, false)).toMatchObject({ present: false, threshold: null });
    expect(testSignal(0.5, 32, false).present).toBe(true);
    expect(testSignal(0.5, 8, false).present).toBe(false);
    expect(testSignal(null, 32, false)).toMatchObject({ present: false, reason: expect.stringMatching(/constant/) });
  });
});

describe('outOfFoldHalfWidth', () => {
  it('takes the conformal rank of the absolute errors, or nothing when there are too few', () => {
    const losses = Array.from({ length: 19 }, (_, i) => i + 1);
    const zeros = losses.map(() => 0);
    expect(outOfFoldHalfWidth(zeros, losses, 0.9)).toBe(18);
    expect(outOfFoldHalfWidth(zeros.slice(0, 8), losses.slice(0, 8), 0.9)).toBeNull();
    expect(outOfFoldHalfWidth(zeros.slice(0, 9), losses.slice(0, 9), 0.9)).toBe(9);
  });
});
