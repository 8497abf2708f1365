import { describe, expect, it } from 'vitest';
import { createRandom, type Random, sampleDirichlet } from '#libs/simplex';
import { autoscale } from '../autoscale/autoscale.js';
import { autoscaleLaw } from '../autoscale/autoscale-law.js';
import { bimix } from '../bimix/bimix.js';
import { bimixLaw } from '../bimix/bimix-law.js';
import { capacityAllocation } from '../capacity-allocation/capacity-allocation.js';
import { capacityAllocationLaw } from '../capacity-allocation/capacity-allocation-law.js';
import { logLinear } from '../log-linear/log-linear.js';
import { rootLogLinear } from '../log-linear/root-log-linear.js';
import { mixingLaw } from '../mixing-law/mixing-law.js';
import { mixingLawM4 } from '../mixing-law/mixing-law-m4.js';
import { mixingLawProduct } from '../mixing-law/mixing-law-product.js';
import { productLaw } from '../mixing-law/product-law.js';
import { restoreSurrogate } from '../registry.js';
import { scorePredictions } from '../scores.js';
import type { Mixtures, Surrogate } from '../surrogate.js';
import type { Law } from './law.js';

const DOMAINS = 4;

function mixturesOf(n: number, random: Random): Float64Array[] {
  return Array.from({ length: n }, () => Float64Array.from(sampleDirichlet(random, new Array(DOMAINS).fill(0.8))));
}

const evaluate = (law: Law, theta: number[], mixtures: Mixtures): number[] =>
  mixtures.map((p) => law.value(Float64Array.from(theta), law.prepare(p), null));

/** For each surrogate a truth of its own form, written down here, and the share of the spread it may miss by. */
const cases: [Surrogate, (mixtures: Mixtures) => number[], number][] = [
  [logLinear, (rows) => rows.map((p) => 2 + Math.exp(0.3 - 2 * p[0]! - p[1]! + 0.5 * p[2]!)), 0.002],
  [mixingLawM4, (rows) => rows.map((p) => 2 + 1.4 * Math.exp(-3 * p[0]! + 0.5 * p[2]!)), 0.002],
  [mixingLaw, (rows) => rows.map((p) => 2 + 1.4 * Math.exp(-3 * p[0]! + 0.5 * p[2]!)), 0.02],
  [
    rootLogLinear,
    (rows) => rows.map((p) => 2 + Math.exp(0.4 - 1.5 * Math.sqrt(p[0]!) - 0.5 * Math.sqrt(p[1]!) + 0.6 * p[2]!)),
    0.02,
  ],
  [mixingLawProduct, (rows) => evaluate(productLaw(DOMAINS), [2, 0.2, -9, -3, 1, -2, 0.4, 0.7, 0.5, 0.5], rows), 0.02],
  [
    bimix,
    (rows) =>
      evaluate(
        bimixLaw({ clip: 1e-3, logMeans: new Array(DOMAINS).fill(Math.log(0.25)) }),
        [3, 0.2, 0.1, 0.05, 0.02, 0.3, 0.2, 0.4, 0.1],
        rows,
      ),
    0.02,
  ],
  [
    autoscale,
    (rows) =>
      evaluate(autoscaleLaw(DOMAINS, 1), [1.5, 1, Math.log(0.05), Math.log(0.2), 0, -1, 0.5, 0.8, 0.3, 0.2], rows),
    0.02,
  ],
  [
    capacityAllocation,
    (rows) =>
      evaluate(
        capacityAllocationLaw({ domains: DOMAINS, leastCapacity: 0.005, weightFloor: 0.005 }),
        [2, 0.2, 0.1, 0.05, 0, 0, 0.5, -0.5, 0, 0.4, 0.3, 0.3, 0.5, 0.05, 0, 0, 0.05, 0.3, 0.3, 0.3, 0.2],
        rows,
      ),
    0.05,
  ],
];

describe.each(cases.map(([surrogate, truth, miss]) => ({ name: surrogate.name, surrogate, truth, miss })))(
  '$name',
  ({ surrogate, truth, miss }) => {
    const random = createRandom(11);
    const rows = mixturesOf(80, random);
    const losses = truth(rows);
    const unseen = mixturesOf(200, random);
    const expected = truth(unseen);
    const fitted = surrogate.fit(rows, losses);

    it('recovers the predictions of a law of its own form', () => {
      const { rmse } = scorePredictions(fitted.predict(unseen), expected);
      const mean = expected.reduce((a, b) => a + b) / expected.length;
      const spread = Math.sqrt(expected.reduce((sum, y) => sum + (y - mean) * (y - mean), 0) / expected.length);
      expect(rmse / spread).toBeLessThan(miss);
      expect(fitted.residual / spread).toBeLessThan(miss);
    });

    it('is restored from its state, through JSON, to the last bit', () => {
      const state = JSON.parse(JSON.stringify(fitted.state()));
      const again = restoreSurrogate(surrogate.name, state);
      expect(again.predict(unseen)).toEqual(fitted.predict(unseen));
      expect(again.standardErrors(unseen)).toEqual(fitted.standardErrors(unseen));
      expect(again.describe()).toEqual(fitted.describe());
      expect(again).toMatchObject({ name: surrogate.name, reason: fitted.reason, residual: fitted.residual });
      expect(again.state()).toEqual(state);
    });

    it('follows the unit and, with noise, its standard errors cover what they should', () => {
      const noise = 0.03;
      const noisy = losses.map((y) => y + noise * random.normal());
      const fit = surrogate.fit(rows, noisy);
      const mean = fit.predict(unseen);
      const errors = fit.standardErrors(unseen)!;
      const measured = expected.map((y) => y + noise * random.normal());
      const inside = measured.filter((y, i) => Math.abs(y - mean[i]!) < 1.645 * errors[i]!).length / measured.length;
      expect(inside).toBeGreaterThan(0.78);
      expect(inside).toBeLessThan(0.98);
      const scaled = surrogate.fit(
        rows,
        noisy.map((y) => 1000 * y),
      );
      scaled.predict(unseen).forEach((y, i) => {
        expect(Math.abs(y / 1000 - mean[i]!)).toBeLessThan(0.3 * noise);
      });
    });

    it('gives the same bits again, and from a warm start the same predictions', () => {
      expect(surrogate.fit(rows, losses).predict(unseen)).toEqual(fitted.predict(unseen));
      const noisy = losses.map((y) => y + 0.02 * random.normal());
      const cold = surrogate.fit(rows, noisy);
      const other = surrogate.fit(rows.slice(0, 60), noisy.slice(0, 60));
      const warm = surrogate.fit(rows, noisy, {}, other.state());
      const away = cold.predict(unseen).map((y, i) => y - warm.predict(unseen)[i]!);
      expect(Math.max(...away.map(Math.abs))).toBeLessThan(0.01);
    });

    it('predicts a constant target as that constant', () => {
      const flat = surrogate.fit(rows, new Array(rows.length).fill(1.25));
      for (const y of flat.predict(unseen)) expect(y).toBeCloseTo(1.25, 12);
      for (const e of flat.standardErrors(unseen)!) expect(e).toBe(0);
      expect(flat).toMatchObject({ converged: true, reason: 'the target is constant', residual: 0 });
    });

    it('says when the runs are fewer than the parameters, or too few for any fit', () => {
      let least = 1;
      for (; least < 20; least++) {
        try {
          surrogate.fit(rows.slice(0, least), losses.slice(0, least));
          break;
        } catch (error) {
          expect(error).toMatchObject({
            code: 'TOO_FEW_ROWS',
            details: { value: least, allowed: expect.stringMatching(/^\[\d+, inf\) rows$/) },
          });
        }
      }
      expect(least).toBeGreaterThan(1);
      expect(least).toBeLessThanOrEqual(DOMAINS + 1);
      const few = surrogate.fit(rows.slice(0, least), losses.slice(0, least));
      for (const y of few.predict(unseen)) expect(y).toSatisfy(Number.isFinite);
      for (const e of few.standardErrors(unseen)!) expect(e).toSatisfy(Number.isFinite);
      if (surrogate !== mixingLawM4 && surrogate !== mixingLaw) {
        expect(few.reason).toMatch(/\d runs for \d+ parameters, so the ridge decides in part/);
      }
    });
  },
);
