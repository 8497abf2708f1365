import { describe, expect, it } from 'vitest';
import { huber } from '#libs/minimise';
import { createRandom } from '#libs/simplex';
import cases from '../../fixtures/mixing-law.json' with { type: 'json' };
import { hasThreeDomainRuns, heldOutError } from '../../test/three-domain-runs.js';
import { logLinear, logLinearParameters } from '../log-linear/log-linear.js';
import { readLawData } from '../parametric/law-data.js';
import { scorePredictions } from '../scores.js';
import type { Surrogate } from '../surrogate.js';
import { mixingLaw } from './mixing-law.js';
import { mixingLawM4 } from './mixing-law-m4.js';
import { mixingLawProduct } from './mixing-law-product.js';

describe('mixing-law-m4', () => {
  it.each(cases.map((c, i) => ({ ...c, title: `case ${i + 1}` })))(
    'reaches the minimum that scipy finds from 200 starts, $title',
    (c) => {
      const { spread } = readLawData(c.mixtures, c.losses, () => 1);
      const fitted = mixingLawM4.fit(c.mixtures, c.losses, { huberDelta: c.delta / spread });
      expect(fitted.converged).toBe(true);
      const objective = fitted.predict(c.mixtures).reduce((sum, p, r) => sum + huber(p - c.losses[r]!, c.delta), 0);
      expect(objective).toBeLessThan(c.objective * (1 + 1e-4));
      fitted.predict(c.newMixtures).forEach((p, i) => {
        expect(Math.abs(p - c.predictions[i]!)).toBeLessThan(0.003 * spread);
      });
    },
  );

  it('is one law in every gauge, of which the fit gives the one with sum t = 0', () => {
    const { mixtures, losses } = cases[0]!;
    const { c, b, t } = logLinearParameters(mixingLawM4.fit(mixtures, losses).state())!;
    expect(t.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 9);
    const shifted = (p: number[], s: number) =>
      c + Math.exp(b - s) * Math.exp(p.reduce((sum, w, j) => sum + w * (t[j]! + s), 0));
    for (const p of mixtures) expect(shifted(p, 1.7)).toBeCloseTo(shifted(p, 0), 10);
  });

  it('refuses fewer runs than c, k and t need, which log-linear fits with its ridge', () => {
    const { mixtures, losses } = cases[0]!;
    expect(() => mixingLawM4.fit(mixtures.slice(0, 3), losses.slice(0, 3))).toThrow(/3 rows; at least 4 are needed/);
    expect(logLinear.fit(mixtures.slice(0, 3), losses.slice(0, 3)).reason).toMatch(/3 runs for 4 parameters/);
  });
});

describe('mixing-law', () => {
  it('remembers nothing of a fit that may have seen the rows held out', () => {
    const random = createRandom(3);
    const { mixtures } = cases[0]!;
    const noise = mixtures.map(() => 3 + 0.1 * random.normal());
    const start = mixingLaw.fit(mixtures, noise).state();
    const [inside, values] = [mixtures.slice(4), noise.slice(4)];
    expect(mixingLaw.fit(inside, values, {}, start).predict(mixtures)).toEqual(
      mixingLaw.fit(inside, values).predict(mixtures),
    );
  });

  it('takes the form that leaves out runs best, and says so', () => {
    const { mixtures, newMixtures } = cases[0]!;
    const m4 = (p: number[]) => 2 + Math.exp(-0.5 - 2 * p[0]! + p[2]!);
    const levelling = (p: number[]) => 2 + (0.3 + 0.7 * Math.exp(-12 * p[0]!)) * Math.exp(-1.5 * p[1]!);
    const random = createRandom(3);
    const fitTo = (truth: (p: number[]) => number) =>
      mixingLaw.fit(
        mixtures,
        mixtures.map((p) => truth(p) + 0.004 * random.normal()),
      );
    const levelled = fitTo(levelling);
    expect(levelled.describe().form).toBe('product');
    expect(levelled.reason).toMatch(/leave-one-out error in standard deviations: M4 [\d.]+, the product form [\d.]+; /);
    expect(scorePredictions(levelled.predict(newMixtures), newMixtures.map(levelling)).mae).toBeLessThan(0.02);
    expect(scorePredictions(fitTo(m4).predict(newMixtures), newMixtures.map(m4)).mae).toBeLessThan(0.02);
  });
});

describe.skipIf(!hasThreeDomainRuns)('three domains at 410M, step 60,000, fitted on 24 runs and judged on 8', () => {
  const missedBy = (surrogate: Surrogate, domain: string) => heldOutError(surrogate, domain, 10);

  it.each([
    ['Books3', 0.017],
    ['Pile-CC', 0.013],
  ])('misses %s by %d nats at most, mean of ten seeded splits', (domain, most) => {
    expect(missedBy(mixingLaw, domain)).toBeLessThan(most);
    expect(missedBy(mixingLawProduct, domain)).toBeLessThan(most);
  });

  it('misses Books3 by more with M4, whose form cannot bend as those runs do', () => {
    const m4 = missedBy(mixingLawM4, 'Books3');
    expect(m4).toBeGreaterThan(1.5 * missedBy(mixingLaw, 'Books3'));
    expect(m4).toBeLessThan(0.03);
    expect(missedBy(mixingLawM4, 'Pile-CC')).toBeLessThan(0.013);
  });
});
