import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withWorkspace } from '#libs/linear-algebra';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import answers from '../../fixtures/gaussian-process.json' with { type: 'json' };
import { hasRegmixRuns, regmixRuns } from '../../test/regmix-runs.js';
import { scorePredictions } from '../scores.js';
import { spearman } from '../spearman.js';
import { coveringRows, sampleRows } from './choose-rows.js';
import { gp } from './gaussian-process.js';
import { logPrior } from './hyper-parameters.js';
import { marginalLikelihood } from './marginal-likelihood.js';
import { condition, Posterior } from './posterior.js';

/** n runs on m domains with a loss that saturates in the first domain. */
function runs(n: number, m: number, noise = 0.01) {
  const random = createRandom(n + m);
  const mixtures = Array.from({ length: n }, () => sampleDirichlet(random, new Float64Array(m).fill(0.5)));
  const losses = mixtures.map((p) => 2 + Math.exp(-5 * p[0]!) + 0.3 * p[1]! + noise * random.normal());
  return { mixtures, losses };
}

describe('the marginal likelihood and the posterior', () => {
  it.each(answers.fixed)('agree with scikit-learn’s at hyper-parameters $theta', (c) => {
    const coordinates = Float64Array.from(c.coordinates);
    const targets = Float64Array.from(c.targets);
    const gradient = new Float64Array(c.theta.length);
    const value = withWorkspace((workspace) =>
      marginalLikelihood(workspace, coordinates, targets)(Float64Array.from(c.theta), gradient),
    );
    expect(value).toBeCloseTo(c.logLikelihood, 9);
    gradient.forEach((g, i) => {
      expect(g).toBeCloseTo(c.gradient[i]!, 8);
    });
    const posterior = new Posterior(condition(coordinates, targets, Float64Array.from(c.theta))!);
    const { means, variances } = posterior.meansAndVariances(c.queries);
    means.forEach((mean, i) => {
      expect(mean).toBeCloseTo(c.means[i]!, 10);
      expect(Math.sqrt(variances[i]!)).toBeCloseTo(c.deviations[i]!, 10);
    });
    expect(posterior.means(c.queries)).toEqual(means);
  });

  it('have the gradients that finite differences give', () => {
    const { coordinates, targets, theta } = answers.fixed[0]!;
    const at = (point: Float64Array, gradient = new Float64Array(point.length)) =>
      withWorkspace((workspace) => {
        const likelihood = marginalLikelihood(workspace, Float64Array.from(coordinates), Float64Array.from(targets));
        return likelihood(point, gradient) + logPrior(point, gradient);
      });
    const point = Float64Array.from(theta);
    const gradient = new Float64Array(point.length);
    at(point, gradient);
    gradient.forEach((g, i) => {
      const step = 1e-5;
      const moved = (by: number) => at(point.map((v, k) => (k === i ? v + by : v)));
      expect(g).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 6);
    });
  });

  it('report a covariance that cannot be factorised as a value', () => {
    const same = Float64Array.from([0.5, 0.5, 0.5]);
    const theta = Float64Array.from([0, 0, -800]);
    expect(condition(same, Float64Array.from([1, 2, 3]), theta)).toBeNull();
    const likelihood = withWorkspace((w) => marginalLikelihood(w, same, same)(theta, new Float64Array(3)));
    expect(likelihood).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('gp', () => {
  it('finds the optimum that scipy finds, and predicts as scikit-learn does there', () => {
    const { mixtures, losses, newMixtures, theta, logMarginalLikelihood, predictions, standardErrors } = answers.learnt;
    const fitted = gp.fit(mixtures, losses, { logLoss: 1, power: 0.5, outlierLimit: 1e9 });
    expect(fitted.converged).toBe(true);
    const described = fitted.describe() as { logMarginalLikelihood: number; lengthScales: number[] };
    expect(Math.abs(described.logMarginalLikelihood - logMarginalLikelihood)).toBeLessThan(0.05);
    described.lengthScales.forEach((length, d) => {
      expect(Math.abs(Math.log(length) - theta[d]!)).toBeLessThan(0.1);
    });
    const errors = fitted.standardErrors(newMixtures)!;
    fitted.predict(newMixtures).forEach((p, i) => {
      expect(Math.abs(p - predictions[i]!)).toBeLessThan(0.1 * standardErrors[i]!);
      expect(errors[i]! / standardErrors[i]!).toBeCloseTo(1, 1);
    });
  });

  it('learns a smooth loss from 60 runs, with intervals that cover', () => {
    const { mixtures, losses } = runs(360, 6);
    const fitted = gp.fit(mixtures.slice(0, 60), losses.slice(0, 60));
    const asked = mixtures.slice(60);
    const predicted = fitted.predict(asked);
    const errors = fitted.standardErrors(asked)!;
    expect(spearman(predicted, losses.slice(60))).toBeGreaterThan(0.98);
    const covered = asked.filter((_, i) => Math.abs(predicted[i]! - losses[60 + i]!) < 1.645 * errors[i]!).length;
    expect(covered / asked.length).toBeGreaterThan(0.8);
    expect(covered / asked.length).toBeLessThan(0.99);
  });

  it('is restored to the last bit from its JSON, and may be asked in any order and amount', () => {
    const { mixtures, losses } = runs(40, 5);
    const fitted = gp.fit(mixtures, losses);
    const restored = gp.restore(JSON.parse(JSON.stringify(fitted.state())));
    const other = gp.fit(mixtures.slice(5), losses.slice(5));
    other.standardErrors(mixtures);
    expect(restored.predict(mixtures)).toEqual(fitted.predict(mixtures));
    expect(restored.standardErrors(mixtures)).toEqual(fitted.standardErrors(mixtures));
    expect(restored.predict(mixtures)).toEqual(fitted.predict(mixtures));
    expect(Float64Array.from(mixtures, (p) => restored.predict([p])[0]!)).toEqual(fitted.predict(mixtures));
    expect(restored.describe()).toEqual(fitted.describe());
    expect(restored.state()).toEqual(fitted.state());
    expect(restored.predict([])).toEqual(new Float64Array(0));
  });

  it('follows the unit and the origin of the loss', () => {
    const { mixtures, losses } = runs(30, 4);
    const [base, spread] = ((f) => [f.predict(mixtures), f.standardErrors(mixtures)!])(
      gp.fit(mixtures, losses, { logLoss: 0 }),
    );
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (a, b) => {
          const moved = gp.fit(
            mixtures,
            losses.map((y) => a + b * y),
            { logLoss: 0 },
          );
          const errors = moved.standardErrors(mixtures)!;
          moved.predict(mixtures).forEach((p, i) => {
            expect((p - a) / b).toBeCloseTo(base[i]!, 4);
            expect(errors[i]! / b).toBeCloseTo(spread[i]!, 4);
          });
        },
      ),
      { numRuns: 10 },
    );
  });

  it('decides by likelihood between the loss and its logarithm, and obeys when told', () => {
    const { mixtures } = runs(80, 3);
    const random = createRandom(9);
    const level = mixtures.map((p) => 6 * p[0]! + 0.05 * random.normal());
    const grown = gp.fit(mixtures, level.map(Math.exp));
    expect(grown.describe().logLoss).toBe(1);
    expect(gp.fit(mixtures, level).describe().logLoss).toBe(0);
    const plain = gp.fit(mixtures, level.map(Math.exp), { logLoss: 0, power: 1 });
    expect(plain.describe()).toMatchObject({ logLoss: 0, power: 1 });
    expect(plain.describe().logMarginalLikelihood).toBeLessThan(grown.describe().logMarginalLikelihood as number);
  });

  it('takes no hyper-parameters from a fit on similar rows, which may have seen the rows held out', () => {
    const { mixtures, losses } = runs(60, 6, 0.3);
    const [inside, values] = [mixtures.slice(12), losses.slice(12)];
    const all = gp.fit(mixtures, losses).state();
    const other = gp.fit(mixtures, losses, { logLoss: 0, power: 1 }).state();
    const fitted = gp.fit(inside, values, {}, all);
    expect(gp.fit(inside, values, {}, other).predict(mixtures)).toEqual(fitted.predict(mixtures));
    const alone = gp.fit(inside, values);
    const errors = alone.standardErrors(mixtures)!;
    fitted.predict(mixtures).forEach((p, i) => {
      expect(Math.abs(p - alone.predict(mixtures)[i]!)).toBeLessThan(0.1 * errors[i]!);
    });
  });

  it('has an answer with fewer runs than length scales, identical mixtures and equal losses', () => {
    const { mixtures, losses } = runs(5, 17);
    for (const value of [
      ...gp.fit(mixtures, losses).predict(mixtures),
      ...gp.fit(mixtures, losses).standardErrors(mixtures)!,
    ])
      expect(Number.isFinite(value)).toBe(true);
    const twice = gp.fit([...mixtures, ...mixtures], [...losses, ...losses.map((y) => y + 0.2)], { minNoise: 1e-10 });
    const noise = twice.describe().noiseDeviation as number;
    expect(twice.predict(mixtures).every(Number.isFinite)).toBe(true);
    expect(noise).toBeGreaterThan(0.05);
    const flat = gp.fit(mixtures, [3, 3, 3, 3, 3]);
    expect([...flat.predict(mixtures)].every((p) => Math.abs(p - 3) < 1e-9)).toBe(true);
    expect([...flat.standardErrors(mixtures)!].every((e) => e < 1e-9)).toBe(true);
    expect(gp.fit(mixtures.slice(0, 2), [1, 2]).predict(mixtures).every(Number.isFinite)).toBe(true);
  });

  it('sets aside the rows that it cannot explain, and is as good as without them', () => {
    const { mixtures, losses } = runs(160, 4, 0.01);
    const [seen, asked] = [mixtures.slice(0, 80), mixtures.slice(80)];
    const wrong = losses.slice(0, 80).map((loss, r) => (r % 20 === 7 ? loss - 1.5 : loss));
    const error = (outlierLimit: number, values: readonly number[]) => {
      const fitted = gp.fit(seen, values, { outlierLimit });
      return { fitted, rmse: scorePredictions(fitted.predict(asked), losses.slice(80)).rmse };
    };
    const clean = error(1e9, losses.slice(0, 80));
    const robust = error(3, wrong);
    expect(robust.fitted.describe().rowsSetAside).toBeGreaterThanOrEqual(4);
    expect(robust.fitted.reason).toMatch(/\d+ rows set aside as outlying/);
    expect(robust.rmse).toBeLessThan(1.5 * clean.rmse);
    expect(error(1e9, wrong).rmse).toBeGreaterThan(3 * robust.rmse);
    expect(gp.fit(seen.slice(0, 40), Array(40).fill(2)).describe().rowsSetAside).toBe(0);
  });

  it('says on how many rows it rests when there are more than it uses', () => {
    const { mixtures, losses } = runs(900, 3, 0.05);
    const fitted = gp.fit(mixtures, losses, { maxRows: 100, maxIterations: 5, outlierLimit: 1e9 });
    expect(fitted.reason).toMatch(/learnt on 768 rows drawn from 900; predictions condition on 100 rows/);
    expect(fitted.describe()).toMatchObject({ rows: 100, rowsLearntOn: 768 });
    expect(spearman(fitted.predict(mixtures), losses)).toBeGreaterThan(0.9);
  });

  it('says what is wrong with its input', () => {
    const { mixtures, losses } = runs(6, 3);
    expect(() => gp.fit(mixtures.slice(1), losses)).toThrow(/5 mixtures but 6 losses/);
    expect(() => gp.fit(mixtures.slice(0, 1), losses.slice(0, 1))).toThrow(/at least 2/);
    expect(() => gp.fit(mixtures, losses, { logLoss: 2 })).toThrow(/logLoss/);
    expect(() => gp.fit(mixtures, [1, 2, 0, 1, 2, 3], { logLoss: 1 })).toThrow(/losses\[2\] is 0/);
    expect(() => gp.fit(mixtures, losses).predict([[1, 0]])).toThrow(/has 2 weights; 3 are needed/);
    expect(() => gp.fit(mixtures, losses).standardErrors([[1, 0]])).toThrow(/has 2 weights; 3 are needed/);
  });
});

describe('rows chosen', () => {
  it('are distinct, in order, and cover the corners', () => {
    const rows = sampleRows(50, 20);
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
    expect(sampleRows(5, 20)).toEqual([0, 1, 2, 3, 4]);
    // Points 0, 0.1, … 1 on a line, and the far end of another coordinate.
    const points = Float64Array.from([...Array.from({ length: 11 }, (_, i) => i / 10), 0, ...new Array(11).fill(0), 5]);
    expect(coveringRows(points, 12, 4)).toEqual([0, 5, 10, 11]);
    expect(coveringRows(new Float64Array(6), 6, 3)).toHaveLength(3);
  });
});

describe.skipIf(!hasRegmixRuns)('gp on RegMix’s runs', () => {
  it('ranks unseen mixtures better than RegMix’s published 0.9892, and so on the larger model', () => {
    const train = regmixRuns('train', '1m');
    const fitted = gp.fit(train.mixtures, train.losses);
    const rank = (scale: '1m' | '60m') => {
      const { mixtures, losses } = regmixRuns('test', scale);
      return spearman(fitted.predict(mixtures), losses)!;
    };
    expect(rank('1m')).toBeGreaterThan(0.994);
    expect(rank('60m')).toBeGreaterThan(0.99);
  });
});
