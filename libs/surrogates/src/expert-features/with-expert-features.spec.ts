import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { gbdt } from '../gbdt/gbdt.js';
import { logLinear } from '../log-linear/log-linear.js';
import { restoreSurrogate } from '../registry.js';
import { linear } from '../ridge.js';
import { scorePredictions } from '../scores.js';
import { expertLoss, readExpertTable } from './expert-table.js';
import { withExpertFeatures } from './with-expert-features.js';

const DOMAINS = 6;
const SYMBOLS = 40;

/**
 * A toy of language: each domain has its own distribution of symbols given the symbol before, and a model trained on
 * a mixture has learnt the mixture of these, smoothed. The experts have been estimated from a sample, and the target
 * text that they are asked about is another than the one the models are scored on.
 */
function toy(seed: number) {
  const random = createRandom(seed);
  const draw = (p: ArrayLike<number>) => {
    let u = random.uniform();
    let i = 0;
    while (i < p.length - 1 && u >= p[i]!) u -= p[i++]!;
    return i;
  };
  const bigrams = () => Array.from({ length: SYMBOLS }, () => sampleDirichlet(random, new Array(SYMBOLS).fill(0.1)));
  const domains = Array.from({ length: DOMAINS }, bigrams);
  const share = [0.45, 0.25, 0.15, 0.1, 0.05, 0];
  const text = (length: number) => {
    let previous = 0;
    return Array.from({ length }, () => {
      const next = draw(domains[draw(share)]![previous]!);
      const pair = [previous, next] as const;
      previous = next;
      return pair;
    });
  };
  const expert = (j: number, [a, b]: readonly [number, number]) => 0.97 * domains[j]![a]![b]! + 0.03 / SYMBOLS;
  const table = readExpertTable(
    text(1500).map((pair) => domains.map((_, j) => Math.log(expert(j, pair)))),
    DOMAINS,
  );
  const scored = text(4000);
  const run = (p: ArrayLike<number>) => {
    let loss = 0;
    for (const [a, b] of scored) {
      let probability = 0.1 / SYMBOLS;
      for (let j = 0; j < DOMAINS; j++) probability += 0.9 * p[j]! * domains[j]![a]![b]!;
      loss -= Math.log(probability) / scored.length;
    }
    return loss + 0.05 * p[5]! + 0.004 * random.normal();
  };
  const sweep = (n: number) => {
    const mixtures = Array.from({ length: n }, () => sampleDirichlet(random, new Array(DOMAINS).fill(0.6)));
    return { mixtures, losses: mixtures.map(run) };
  };
  return { table, few: sweep(14), held: sweep(120) };
}

describe('withExpertFeatures', () => {
  it('predicts unseen mixtures better from few runs, with any base', () => {
    const ratios: Record<string, number[]> = { linear: [], 'log-linear': [], gbdt: [], alone: [] };
    for (let seed = 1; seed <= 3; seed++) {
      const { table, few, held } = toy(seed);
      const error = (surrogate: typeof linear) => {
        const fitted = surrogate.fit(few.mixtures, few.losses);
        return scorePredictions(fitted.predict(held.mixtures), held.losses).rmse;
      };
      for (const base of [linear, logLinear, gbdt]) {
        ratios[base.name]!.push(error(withExpertFeatures(base, [table])) / error(base));
      }
      ratios.alone!.push(error(withExpertFeatures(linear, [table], 'features')) / error(linear));
    }
    for (const [base, values] of Object.entries(ratios)) {
      // Fourteen rows are too few for trees to make much of any input.
      const [worst, mean] = base === 'gbdt' ? [0.95, 0.9] : [0.4, 0.3];
      expect(Math.max(...values)).toBeLessThan(worst);
      expect(values.reduce((a, b) => a + b) / values.length).toBeLessThan(mean);
    }
  });

  it('is restored from its state, tables included, through JSON', () => {
    const { table, few, held } = toy(4);
    for (const inputs of ['weights-and-features', 'features'] as const) {
      const fitted = withExpertFeatures(logLinear, [table], inputs).fit(few.mixtures, few.losses);
      const state = JSON.parse(JSON.stringify(fitted.state()));
      const again = restoreSurrogate(fitted.name, state);
      expect([...again.predict(held.mixtures)]).toEqual([...fitted.predict(held.mixtures)]);
      expect(again.standardErrors(held.mixtures)).toEqual(fitted.standardErrors(held.mixtures));
      expect(again.name).toBe(`log-linear${inputs === 'features' ? '+experts-only' : '+experts'}`);
    }
  });

  it('says what is wrong with its input', () => {
    const table = readExpertTable([[-1, -2]], 2);
    expect(() => withExpertFeatures(linear, [])).toThrow(/expert tables must be given/);
    expect(() => withExpertFeatures(linear, [table, readExpertTable([[-1]], 1)])).toThrow(/the same domains/);
    expect(() => withExpertFeatures(linear, [table]).fit([[1, 0, 0]], [1])).toThrow(/3 weights; 2 are needed/);
    expect(() => readExpertTable([], 2)).toThrow(/no rows/);
    expect(() => readExpertTable([[-1, -2], [-1]], 2)).toThrow(/rows\[1\] has 1 log-probabilities; 2 are needed/);
    expect(() => readExpertTable([[-1, 0.5]], 2)).toThrow(/rows\[0\]\[1\] must be a log-probability; got 0.5/);
    expect(() => readExpertTable([[-1, Number.NaN]], 2)).toThrow(/rows\[0\]\[1\] must be a log-probability; got NaN/);
    expect(() => readExpertTable([[-Infinity, -Infinity]], 2)).toThrow(/rows\[0\] has no finite log-probability/);
  });
});

describe('expertLoss', () => {
  it('is the mean of −log of the mixture’s probability', () => {
    const probabilities = [
      [0.5, 0.1],
      [0.02, 0.7],
      [0, 0.3],
    ];
    const loss = expertLoss(
      readExpertTable(
        probabilities.map((row) => row.map(Math.log)),
        2,
      ),
    );
    for (const weight of [0, 0.25, 0.9]) {
      const expected = probabilities.reduce((sum, [a, b]) => sum - Math.log((1 - weight) * a! + weight * b!) / 3, 0);
      if (weight > 0) expect(loss([1 - weight, weight])).toBeCloseTo(expected, 5);
      else expect(loss([1, 0])).toBeGreaterThan(8);
    }
  });

  it('is convex along every line between mixtures', () => {
    const { table } = toy(7);
    const loss = expertLoss(readExpertTable(table.logProbabilities, DOMAINS, { mostRows: 100, seed: 3 }));
    const weights = fc
      .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: DOMAINS, maxLength: DOMAINS })
      .map((w) => w.map((v) => v / w.reduce((a, b) => a + b)));
    fc.assert(
      fc.property(weights, weights, (p, q) => {
        const middle = p.map((v, i) => (v + q[i]!) / 2);
        expect(loss(middle)).toBeLessThanOrEqual((loss(p) + loss(q)) / 2 + 1e-9);
      }),
      { numRuns: 50, seed: 2 },
    );
  });

  it('keeps a seeded sample of long tables', () => {
    const rows = Array.from({ length: 50 }, (_, t) => [-t - 1, -2]);
    const kept = readExpertTable(rows, 2, { mostRows: 10, seed: 5 }).logProbabilities;
    expect(kept).toHaveLength(10);
    expect(kept.map((row) => row[0]!)).toEqual(kept.map((row) => row[0]!).toSorted((a, b) => b - a));
    expect(readExpertTable(rows, 2, { mostRows: 10, seed: 5 }).logProbabilities).toEqual(kept);
    expect(readExpertTable(rows, 2, { mostRows: 10, seed: 6 }).logProbabilities).not.toEqual(kept);
  });
});
