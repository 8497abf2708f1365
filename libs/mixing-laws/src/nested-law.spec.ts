import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { continueCurves } from './continue-curves.js';
import { bootstrapNestedLaw, holdOutSize, holdOutSteps } from './nested-interval.js';
import { fitNestedLaw, type TargetRows } from './nested-law.js';
import { stepErrors } from './step-errors.js';

/** Runs of a known law: mixtures move the floor; amplitudes in size and steps are one per target. */
function runs(
  sizes: readonly number[],
  tokens: readonly number[],
  noise = 0,
  seed = 1,
): TargetRows & { truth(u: number, v: number, n: number, d: number): number } {
  const random = createRandom(seed);
  const mixtures = Array.from({ length: 8 }, () => sampleDirichlet(random, [1, 1, 1]));
  const truth = (u: number, v: number, n: number, d: number) =>
    1.5 +
    mixtures[u]![v]! +
    0.6 * Math.exp(-0.3 * Math.log(n / 1e8)) +
    (0.5 + 0.2 * v) * Math.exp(-0.6 * Math.log(d / 1e10));
  const list: { u: number; v: number; n: number; d: number; loss: number }[] = [];
  for (const n of sizes) {
    for (let u = 0; u < mixtures.length; u++) {
      for (const d of tokens)
        for (const v of [0, 1]) list.push({ u, v, n, d, loss: truth(u, v, n, d) + noise * random.normal() });
    }
  }
  return {
    mixtures,
    mixtureOf: list.map(({ u }) => u),
    sizes: list.map(({ n }) => n),
    tokens: list.map(({ d }) => d),
    losses: list.map(({ loss }) => loss),
    targets: ['a', 'b'],
    targetOf: list.map(({ v }) => v),
    truth,
  };
}

const STEPS = [6e9, 8e9, 1e10, 1.3e10, 1.6e10, 2e10];

describe('fitNestedLaw', () => {
  it('finds the losses of a larger size and longer training from a law it can express', () => {
    const rows = runs([5e7, 1e8, 2e8, 4e8], STEPS);
    const law = fitNestedLaw(rows, { size: 1e9, tokens: 6e10 });
    expect(law.stepExponents).toHaveLength(32);
    for (let u = 0; u < 8; u++) {
      for (const v of [0, 1]) expect(Math.abs(law.losses[u * 2 + v]! - rows.truth(u, v, 1e9, 6e10))).toBeLessThan(0.02);
    }
  });

  it('gives measurements back where they were made, and needs no step law there', () => {
    const rows = runs([1e8, 2e8], STEPS, 0.01);
    const law = fitNestedLaw(rows, { size: 2e8, tokens: 2e10 });
    expect(law.stepExponents).toHaveLength(0);
    const r = rows.losses.length - 1;
    const [u, v] = [Number(rows.mixtureOf[r]), Number(rows.targetOf[r])];
    expect(law.losses[u * 2 + v]).toBe(rows.losses[r]);
  });

  it('refuses one size for another, and a training length that it cannot reach', () => {
    const one = runs([1e8], STEPS);
    expect(() => fitNestedLaw(one, { size: 1e9, tokens: 2e10 })).toThrow(/needs two sizes/);
    expect(fitNestedLaw(one, { size: 1e8, tokens: 4e10 }).size).toBeNull();
    expect(() => fitNestedLaw(runs([1e8, 2e8], [1e10]), { size: 1e9, tokens: 2e10 })).toThrow(
      /no run was measured at 20B/,
    );
  });

  it('beats the largest proxy’s own losses on a held-out size, with intervals that hold most of them', () => {
    const rows = runs([5e7, 1e8, 2e8, 4e8], [2e10], 0.003, 4);
    const test = holdOutSize(rows, { size: 4e8, tokens: 2e10 }, 20)!;
    expect(test.size).toBe(4e8);
    expect(test.fittedOn).toEqual([5e7, 1e8, 2e8]);
    expect(test.law.mae).toBeLessThan(0.25 * test.baseline.mae);
    expect(test.law.coverage90).toBeGreaterThan(0.8);
    expect(holdOutSize(runs([1e8, 2e8], [2e10]), { size: 2e8, tokens: 2e10 })).toBeNull();
  });

  it('beats the last loss on held-out steps', () => {
    const test = holdOutSteps(runs([1e8], STEPS, 0.002))!;
    expect(test.fittedUpTo).toBe(1.3e10);
    expect(test.law.mae).toBeLessThan(0.5 * test.baseline.mae);
  });

  it('is surer of what was measured than of what lies beyond, and repeats itself', () => {
    const rows = runs([1e8, 2e8, 4e8], [2e10], 0.005);
    const spread = (size: number) => {
      const asked = { size, tokens: 2e10 };
      return bootstrapNestedLaw(rows, fitNestedLaw(rows, asked), asked, 15);
    };
    expect(spread(1e11)[0]).toBeGreaterThan(spread(5e8)[0]!);
    expect(spread(5e8)).toEqual(spread(5e8));
    const errors = stepErrors(runs([1e8], STEPS, 0.005), 2e11, 10);
    expect(errors.get('100000000 0 0')).toBeGreaterThan(0.005);
    expect(stepErrors(runs([1e8], STEPS, 0.005), 2e10, 10).get('100000000 0 0')).toBe(0);
  });
});

describe('continueCurves', () => {
  it('draws amplitudes to their pool when they differ by noise alone, and leaves them when they do not', () => {
    const random = createRandom(9);
    const scales = [1, 2, 4];
    const make = (spread: number) => {
      const own = Array.from({ length: 40 }, () => 1 + spread * random.normal());
      return {
        scales: own.flatMap(() => scales),
        curves: own.flatMap((_, c) => scales.map(() => c)),
        losses: own.flatMap((k) => scales.map((s) => 2 + k * Math.exp(-0.5 * Math.log(s)) + 0.01 * random.normal())),
      };
    };
    const pools = new Array<number>(40).fill(0);
    expect(continueCurves(make(0), { pools }).kept).toBeLessThan(0.4);
    expect(continueCurves(make(0.3), { pools }).kept).toBeGreaterThan(0.9);
  });

  it('continues a curve of one measurement along its pool', () => {
    const rows = { scales: [1, 2, 4, 1], curves: [0, 0, 0, 1], losses: [3, 2.7, 2.5, 4] };
    const continued = continueCurves(rows, { pools: [0, 0] });
    expect(continued.amplitudes[1]).toBe(continued.amplitudes[0]);
    expect(continued.extrapolate(1, 4)).toBeLessThan(3.7);
    expect(continued.extrapolate(1, 1)).toBe(4);
    expect(() => continued.extrapolate(5, 1)).toThrow(/curve 5 has no rows/);
  });
});
