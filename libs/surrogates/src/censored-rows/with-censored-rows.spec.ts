import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { fitTarget, fitTargets } from '../fit-target.js';
import { gp } from '../gaussian-process/gaussian-process.js';
import { linear } from '../ridge.js';
import { spearman } from '../spearman.js';
import { withCensoredRows } from './with-censored-rows.js';

/** Runs of a law that falls and rises again, of which the worse half is known to half its spread only. */
function sweep(seed: number) {
  const random = createRandom(seed, 9);
  const pull = [-1, -0.6, -0.3, 0, 0.2, 0.4, 0.7, 1];
  const law = (p: number[]) => 2 + Math.exp(p.reduce((sum, w, i) => sum + 2 * pull[i]! * w, 0)) + p[0]! * p[0]!;
  const draw = () => sampleDirichlet(random, [0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]);
  const runs = Array.from({ length: 48 }, () => {
    const p = draw();
    return { p, loss: law(p) + 0.1 * random.normal(), shift: 0.3 * random.normal() };
  });
  runs.sort((a, b) => a.loss - b.loss);
  const [good, bad] = [runs.slice(0, 24), runs.slice(24)];
  const unseen = Array.from({ length: 300 }, draw);
  return {
    measured: { mixtures: good.map(({ p }) => p), losses: good.map(({ loss }) => loss) },
    continued: { mixtures: bad.map(({ p }) => p), losses: bad.map(({ loss, shift }) => loss + shift) },
    censored: {
      mixtures: bad.map(({ p }) => p),
      lower: bad.map(({ loss, shift }) => loss + shift - 0.5),
      upper: bad.map(({ loss, shift }) => loss + shift + 0.5),
    },
    unseen,
    truth: unseen.map(law),
  };
}

describe('withCensoredRows', () => {
  it('orders unseen mixtures better than leaving stopped runs out, and than taking for true where they led to', () => {
    const scores = { without: 0, asTruth: 0, censored: 0 };
    for (let seed = 0; seed < 8; seed++) {
      const { measured, continued, censored, unseen, truth } = sweep(seed);
      const order = (fitted: { predict(rows: number[][]): Float64Array }) => spearman(fitted.predict(unseen), truth)!;
      scores.without += order(gp.fit(measured.mixtures, measured.losses)) / 8;
      scores.asTruth +=
        order(gp.fit([...measured.mixtures, ...continued.mixtures], [...measured.losses, ...continued.losses])) / 8;
      scores.censored += order(withCensoredRows(gp, censored).fit(measured.mixtures, measured.losses)) / 8;
    }
    expect(scores.censored).toBeGreaterThan(scores.without + 0.01);
    expect(scores.censored).toBeGreaterThan(scores.asTruth + 0.01);
    expect(scores.censored).toBeGreaterThan(0.9);
  });

  it('is the fit of all rows where the intervals have no width, and near the fit of some where they say nothing', () => {
    const { measured, censored, unseen } = sweep(3);
    const middle = Array.from(censored.lower, (low, r) => (low + censored.upper[r]!) / 2);
    const exact = withCensoredRows(linear, { ...censored, lower: middle, upper: middle });
    const all = linear.fit([...measured.mixtures, ...censored.mixtures], [...measured.losses, ...middle]);
    expect(exact.fit(measured.mixtures, measured.losses).predict(unseen)).toEqual(all.predict(unseen));

    const wide = { ...censored, lower: middle.map((y) => y - 1e6), upper: middle.map((y) => y + 1e6) };
    const free = withCensoredRows(linear, wide).fit(measured.mixtures, measured.losses).predict(unseen);
    const some = linear.fit(measured.mixtures, measured.losses).predict(unseen);
    free.forEach((value, r) => {
      expect(Math.abs(value - some[r]!)).toBeLessThan(0.05);
    });
  });

  it('gives the same numbers again, and a state that its surrogate restores', () => {
    const { measured, censored, unseen } = sweep(5);
    const again = () => withCensoredRows(gp, censored).fit(measured.mixtures, measured.losses);
    const fitted = again();
    expect(again().predict(unseen)).toEqual(fitted.predict(unseen));
    expect(gp.restore(JSON.parse(JSON.stringify(fitted.state()))).predict(unseen)).toEqual(fitted.predict(unseen));
  });

  it('takes only bounds that are in order, of mixtures that are', () => {
    const { measured, censored } = sweep(6);
    const learn = (rows: typeof censored) => withCensoredRows(linear, rows).fit(measured.mixtures, measured.losses);
    expect(() => learn({ ...censored, lower: censored.upper, upper: censored.lower })).toThrow(/lower one first/);
    expect(() => learn({ ...censored, upper: censored.upper.slice(1) })).toThrow(/23 values for 24 mixtures/);
    expect(() => learn({ ...censored, mixtures: censored.mixtures.map((p) => p.slice(1)) })).toThrow(/7 weights/);
  });
});

describe('fitTarget with censored rows', () => {
  it('learns from them, judges itself on measured rows alone, and counts both', () => {
    const { measured, censored } = sweep(7);
    const options = { seed: 1, model: 'gp' } as const;
    const plain = fitTarget(measured.mixtures, measured.losses, options);
    const fitted = fitTarget(measured.mixtures, measured.losses, { ...options, censored });
    expect(plain.diagnostics.censored).toBe(0);
    expect(fitted.diagnostics).toMatchObject({ rows: 24, censored: 24, distinctMixtures: 24 });
    expect(fitted.rowsUsed).toEqual(plain.rowsUsed);
    expect(fitted.outOfFold).toHaveLength(24);
    expect(fitted.outOfFold).not.toEqual(plain.outOfFold);
    expect(Math.max(...fitted.diagnostics.worstPredicted.map(({ row }) => row))).toBeLessThan(24);
  });

  it('takes them target by target, leaving out those of which a target is not known', () => {
    const { measured, censored } = sweep(8);
    const losses = { a: measured.losses, b: measured.losses };
    const lower = censored.lower.map((low, r) => (r < 20 ? low : Number.NaN));
    const runs = { mixtures: censored.mixtures, bounds: { a: { lower, upper: censored.upper } } };
    const { fits } = fitTargets(measured.mixtures, losses, { seed: 1, model: 'linear', censored: runs });
    expect([fits.a!.diagnostics.censored, fits.b!.diagnostics.censored]).toEqual([20, 0]);
    const alone = { ...censored, mixtures: censored.mixtures.slice(0, 20) };
    const same = { ...alone, lower: censored.lower.slice(0, 20), upper: censored.upper.slice(0, 20) };
    const one = fitTarget(measured.mixtures, measured.losses, { seed: 1, model: 'linear', censored: same });
    expect(fits.a!.diagnostics).toEqual(one.diagnostics);
  });
});
