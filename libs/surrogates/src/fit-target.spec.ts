import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { fitTarget, fitTargets } from './fit-target.js';
import { restoreTarget } from './fitted-target.js';
import { assignFolds } from './folds.js';
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

  it('lets auto lean on the straight line where the truth is one, and on trees where it is a step', () => {
    const line = runs(60, 2, (p) => 2 - p[0]! + p[1]!);
    const step = runs(150, 3, (p) => (p[0]! > 0.3 ? 2 : 3) + (p[1]! > 0.5 ? 1 : 0));
    const heaviest = ({ mixtures, losses }: ReturnType<typeof runs>) => {
      const { members } = fitTarget(mixtures, losses, { seed: 1 }).diagnostics;
      expect(members.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
      return members.reduce((best, m) => (m.weight > best.weight ? m : best)).model;
    };
    expect([heaviest(line), heaviest(step)]).toEqual(['linear', 'gbdt']);
  });

  it('is never much worse than its best member, out of fold', () => {
    const { mixtures, losses } = runs(80, 11, (p, noise) => 2 + Math.exp(-3 * p[0]!) + p[1]! * p[2]! + 0.02 * noise());
    const { outOfFold, members } = fitTarget(mixtures, losses, { seed: 1 }).diagnostics;
    expect(outOfFold.rmse).toBeLessThan(1.1 * Math.min(...members.map((m) => m.outOfFold.rmse)));
  });

  it('predicts the same numbers after a trip through JSON', () => {
    const { mixtures, losses } = runs(60, 12, (p, noise) => p[0]! + 0.1 * noise());
    const fitted = fitTarget(mixtures, losses, { seed: 3 });
    const back = restoreTarget(JSON.parse(JSON.stringify(fitted.record())));
    expect(back.predict(mixtures)).toEqual(fitted.predict(mixtures));
    expect(back.diagnostics).toEqual(fitted.diagnostics);
    expect(back.outOfFoldErrors).toEqual(fitted.outOfFoldErrors);
  });

  it('gives intervals that cover new runs about as often as they say', () => {
    const law = (p: number[], noise: () => number) => 2 - p[0]! + 0.5 * p[1]! + 0.05 * noise();
    const seen = runs(120, 13, law);
    const unseen = runs(400, 14, law);
    const fitted = fitTarget(seen.mixtures, seen.losses, { seed: 1 });
    const { lower50, upper50, lower90, upper90 } = fitted.predict(unseen.mixtures);
    const share = (lower: Float64Array | null, upper: Float64Array | null) =>
      unseen.losses.filter((y, r) => y >= lower![r]! && y <= upper![r]!).length / 400;
    expect(share(lower90, upper90)).toBeGreaterThan(0.84);
    expect(share(lower90, upper90)).toBeLessThan(0.96);
    expect(share(lower50, upper50)).toBeGreaterThan(0.4);
    expect(share(lower50, upper50)).toBeLessThan(0.6);
    expect(fitted.diagnostics.coverage.p90!).toBeGreaterThan(0.8);
    expect(fitted.diagnostics.coverage.rows).toBe(120);
  });

  it('falls back to the ridge where a named surrogate needs more runs, and says so', () => {
    const { mixtures, losses } = runs(5, 15, (p) => p[0]!);
    const { model, why, warnings } = fitTarget(mixtures, losses, { seed: 1, model: 'mixing-law-m4' }).diagnostics;
    expect(model).toBe('linear');
    expect(warnings[0]).toMatch(/mixing-law-m4 left out: .* are needed/);
    expect(why).toMatch(/linear was fitted instead/);
  });

  it('points at the wrong row, the noise between seeds, and the domain that matters', () => {
    const { mixtures, losses } = runs(40, 16, (p, noise) => 2 - p[0]! + 0.02 * noise());
    const twice = { mixtures: [...mixtures, ...mixtures], losses: [...losses, ...losses.map((y) => y + 0.04)] };
    twice.losses[5] = 9;
    const { worstPredicted, outliers, replicates, importance } = fitTarget(twice.mixtures, twice.losses, {
      seed: 1,
      model: 'linear',
    }).diagnostics;
    expect(worstPredicted[0]).toMatchObject({ row: 5, observed: 9 });
    expect(outliers).toContain(5);
    expect(replicates).toMatchObject({ mixtures: 40, rows: 80 });
    const rises = importance.map(({ rmseRise }) => rmseRise);
    expect(rises.indexOf(Math.max(...rises))).toBe(0);
    expect(importance[0]!.lossChange!).toBeGreaterThan(0.1);
  });

  it('shows how the error falls with the runs', () => {
    const { mixtures, losses } = runs(160, 17, (p, noise) => 2 - p[0]! + p[1]! * p[1]! + 0.01 * noise());
    const { learningCurve } = fitTarget(mixtures, losses, { seed: 1, model: 'gbdt' }).diagnostics;
    expect(learningCurve.points.map(({ runs: n }) => n)).toEqual([20, 40, 80, 128]);
    expect(learningCurve.points[0]!.rmse).toBeGreaterThan(learningCurve.points[3]!.rmse);
    expect(learningCurve.exponent!).toBeGreaterThan(0.1);
    expect(learningCurve.statement).toMatch(/twice the runs would lower it by \d+%, and a tenth less takes \d+ more/);
    // So strong a penalty predicts the mean, which more runs hardly change.
    const flat = fitTarget(mixtures, losses, { seed: 1, model: 'linear', parameters: { lambda: 1e9 } });
    expect(flat.diagnostics.learningCurve).toMatchObject({
      runsForTenPercent: null,
      statement: expect.stringMatching(/more runs would not/),
    });
  });

  it('finds no signal in noise', () => {
    let present = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { mixtures, losses } = runs(24, seed + 100, (_, noise) => noise());
      if (fitTarget(mixtures, losses, { seed, model: 'linear' }).diagnostics.signal.present) present += 1;
    }
    expect(present).toBeLessThanOrEqual(7); // 1 to 2% of 200 expected
  });

  it('asks more of auto than of one surrogate, since weighing several finds more order in noise', () => {
    const { mixtures, losses } = runs(16, 5, (p) => p[0]!);
    const signalOf = (model: string) => fitTarget(mixtures, losses, { seed: 1, model }).diagnostics.signal;
    expect(signalOf('linear').threshold).toBe(chanceSpearman(16));
    expect(signalOf('auto').threshold).toBe(chanceSpearman(16, 5));
    expect(signalOf('auto').reason).toMatch(/with 16 mixtures and 5 surrogates to weigh/);
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
      /unknown model "forest"; known: auto, linear, /,
    );
    expect(() => fitTarget(mixtures, losses, { seed: 1, parameters: { lambda: 1 } })).toThrow(
      /belong to one surrogate/,
    );
    expect(() => fitTarget(Array(8).fill([0.5, 0.5]), [1, 2, 3, 4, 5, 6, 7, 8], { seed: 1 })).toThrow(
      /1 distinct mixture; at least 2/,
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
    const options = { seed: 1, model: 'linear' };
    const { fits, unfitted } = fitTargets(mixtures, { gap, whole: losses }, options, (t) => seen.push(t));
    expect(seen).toEqual(['gap', 'whole']);
    expect(fits.whole!.rowsUsed).toHaveLength(20);
    expect(fits.gap!.rowsUsed).toEqual([...Array(20).keys()].filter((r) => r !== 3 && r !== 5));
    expect(unfitted).toEqual({});
  });

  it('leaves a target out that cannot be fitted, with the reason, and fits the others as if it were not there', () => {
    const { mixtures, losses } = runs(20, 7, (p) => p[0]!);
    const four = losses.map((loss, r) => (r < 4 ? loss : Number.NaN));
    const huge = losses.map((loss) => 1e200 * loss);
    const twins = [...Array(6).fill(mixtures[0]!), ...mixtures.slice(6)];
    const alike = losses.map((loss, r) => (r < 6 ? loss : null));
    const options = { seed: 1, model: 'linear' };
    const { fits, unfitted } = fitTargets(twins, { four, losses, huge, alike }, options);
    expect(Object.keys(fits)).toEqual(['losses']);
    expect(fits.losses!.record()).toEqual(fitTarget(twins, losses, options).record());
    expect(unfitted).toEqual({
      four: '4 finite losses; at least 5 are needed',
      huge: expect.stringMatching(/^a loss of \d.*e\+?\d+; a fit can hold at most 1e\+100$/),
      alike: '1 distinct mixture; at least 2 are needed',
    });
  });

  it('names every target where none can be fitted, and passes on what is wrong with the request itself', () => {
    const { mixtures, losses } = runs(20, 7, (p) => p[0]!);
    const none = Array(20).fill(null);
    const one = losses.map((loss, r) => (r === 0 ? loss : null));
    expect(() => fitTargets(mixtures, { none, one }, { seed: 1 })).toThrow(
      expect.objectContaining({
        code: 'TARGETS_UNFITTABLE',
        message:
          'no target can be fitted: "none": 0 finite losses; at least 5 are needed; ' +
          '"one": 1 finite loss; at least 5 are needed',
      }),
    );
    expect(() => fitTargets(mixtures, { none, losses }, { seed: 1, model: 'nonesuch' })).toThrow(/nonesuch/);
    expect(() => fitTargets(mixtures, { losses: [1] }, { seed: 1 })).toThrow(/20 mixtures but 1 losses for "losses"/);
    expect(fitTargets(mixtures, {}, { seed: 1 })).toEqual({ fits: {}, unfitted: {} });
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
