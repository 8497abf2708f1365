import { describe, expect, it } from 'vitest';
import { minimise } from '#libs/minimise';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import oracle from '../fixtures/scale-law.json' with { type: 'json' };
import { fitScaleLaw } from './fit-scale-law.js';
import { heldOutError, holdOutScaleLaw } from './hold-out-scale-law.js';
import { bootstrapScaleLaw } from './scale-law-interval.js';
import { scaleLawLayout } from './scale-law-model.js';
import { scaleLawObjective } from './scale-law-objective.js';
import type { ScaleRows } from './scale-rows.js';

const meanLog = (values: readonly number[]) => values.reduce((sum, v) => sum + Math.log(v), 0) / values.length;
const settings = {
  delta: oracle.delta,
  residual: 'log' as const,
  prior: { logAlpha: Math.log(0.34), logBeta: Math.log(0.28), pull: oracle.pull },
  logSizeReference: meanLog(oracle.sizes),
  logTokenReference: meanLog(oracle.tokens),
};
const rows: ScaleRows = oracle;

describe('the additive and joint laws', () => {
  it.each([
    ['additive', 'log'],
    ['additive', 'raw'],
    ['joint', 'log'],
    ['joint', 'raw'],
  ] as const)('%s: the gradient of the %s objective agrees with finite differences', (form, residual) => {
    const layout = scaleLawLayout(form, 3);
    // A wide δ keeps every residual away from the kink of its second derivative.
    const objective = scaleLawObjective(layout, rows, {
      ...settings,
      residual,
      delta: 0.5,
      counts: oracle.losses.map((_, r) => r % 3),
    });
    const random = createRandom(3);
    const theta = Float64Array.from({ length: layout.count }, () => 0.3 * random.normal());
    theta[0] = 0.7;
    const gradient = new Float64Array(layout.count);
    objective(theta, gradient);
    const scratch = new Float64Array(layout.count);
    for (let i = 0; i < layout.count; i++) {
      const at = (step: number) =>
        objective(
          theta.map((v, k) => (k === i ? v + step : v)),
          scratch,
        );
      const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
      expect(Math.abs(gradient[i]! - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
    }
  });

  it('has the value that scipy computes at its optimum, and reaches it from elsewhere', () => {
    const layout = scaleLawLayout('additive', 3);
    const objective = scaleLawObjective(layout, rows, settings);
    const gradient = new Float64Array(layout.count);
    expect(objective(Float64Array.from(oracle.theta), gradient)).toBeCloseTo(oracle.value, 10);
    const start = Float64Array.from(oracle.truth, (v) => v + 0.1);
    const end = minimise(objective, start, { memory: 20, maxIterations: 5000, valueTolerance: 1e-12 });
    expect(end.value).toBeLessThan(oracle.value * 1.002);
  });

  it('predicts a size beyond its rows as the scipy fit does', () => {
    const fit = fitScaleLaw(rows, { form: 'additive' });
    expect(fit.converged).toBe(true);
    const predicted = fit.predict(oracle.asked, oracle.size, oracle.count);
    oracle.predicted.forEach((loss, i) => {
      expect(Math.abs(predicted[i]! / loss - 1)).toBeLessThan(0.005);
    });
  });

  it('is the same from run to run, and a joint fit is no worse on its rows than an additive one', () => {
    const [first, second] = [0, 1].map(() => fitScaleLaw(rows, { form: 'joint', starts: 2 }));
    expect(first!.theta).toEqual(second!.theta);
    const additive = fitScaleLaw(rows, { form: 'additive' });
    expect(first!.residual).toBeLessThan(additive.residual * 1.02);
  });

  it('gives intervals that widen with distance, whatever the seed of the replicates', () => {
    const options = { form: 'additive', starts: 2 } as const;
    const fit = fitScaleLaw(rows, options);
    const laws = bootstrapScaleLaw(rows, fit, options, 12);
    const width = (size: number) => laws.predict([[0.3, 0.3, 0.4]], size, 2e10)[0]!.standardError;
    expect(width(5e8)).toBeGreaterThanOrEqual(fit.residual);
    expect(width(1e12)).toBeGreaterThan(width(5e8));
    const one = laws.predict([[0.3, 0.3, 0.4]], 2e9, 2e10, 0.1)[0]!;
    expect(one.standardError).toBeGreaterThan(0.1);
    expect(one.upper90 - one.mean).toBeCloseTo(1.6448536 * one.standardError, 6);
  });

  it('holds out the largest size with three sizes, later tokens with two, and mixtures always', () => {
    const options = { form: 'additive' } as const;
    const three = holdOutScaleLaw(rows, options);
    expect(three.map(({ what }) => what)).toEqual(['size', 'mixtures']);
    expect(three[0]!.law.mae).toBeLessThan(three[0]!.baseline.mae);
    const small = oracle.losses.flatMap((_, r) => (oracle.sizes[r]! < 5e8 ? [r] : []));
    const pick = (values: readonly number[]) => small.map((r) => values[r]!);
    const two: ScaleRows = {
      mixtures: oracle.mixtures,
      mixtureOf: pick(oracle.mixtureOf),
      sizes: pick(oracle.sizes),
      tokens: pick(oracle.tokens),
      losses: pick(oracle.losses),
    };
    const tests = holdOutScaleLaw(two, options);
    expect(tests.map(({ what }) => what)).toEqual(['tokens', 'mixtures']);
    expect(heldOutError(two, tests, 2e8, 1e10)).toBe(0);
    expect(heldOutError(two, tests, 7e8, 1e10)).toBe(tests[0]!.law.rmse);
  });

  it('refuses too few rows, and a loss that is not positive, by name', () => {
    const few = { mixtures: [[0.5, 0.5]], mixtureOf: [0], sizes: [1], tokens: [1], losses: [1] };
    expect(() => fitScaleLaw(few, { form: 'joint' })).toThrow(/13 parameters; 1 rows are too few/);
    const negative = { ...rows, losses: oracle.losses.map((loss, r) => (r === 5 ? -loss : loss)) };
    expect(() => fitScaleLaw(negative, { form: 'additive' })).toThrow(/losses\[5\]/);
  });

  it('keeps the order of mixtures at every scale when additive: the joint law may change it', () => {
    const fit = fitScaleLaw(rows, { form: 'additive' });
    const random = createRandom(5);
    const asked = Array.from({ length: 20 }, () => sampleDirichlet(random, [1, 1, 1]));
    const small = fit.predict(asked, 1e8, 4e9);
    const large = fit.predict(asked, 1e11, 1e13);
    for (let i = 1; i < asked.length; i++) {
      expect(Math.sign(small[i]! - small[0]!)).toBe(Math.sign(large[i]! - large[0]!));
    }
  });
});
