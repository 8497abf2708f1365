import { describe, expect, it } from 'vitest';
import { feasibleSet, totalVariation } from '#libs/simplex';
import { knownWorld, logLinear } from '../test/known-fits.js';
import { minimiseLogLinear } from './exact-log-linear.js';
import { klDivergence } from './kl-divergence.js';
import { propose } from './propose.js';

const domains = ['web', 'code', 'books', 'mail', 'news'];
const prior = { web: 0.4, code: 0.25, books: 0.2, mail: 0.1, news: 0.05 };
const slopes = [-1, -2.5, -0.5, 0.5, 1];
const world = knownWorld(domains, { loss: logLinear(1, 0.3, slopes) });
const quick = { ...world, prior, maxEpochs: 1e6, samples: 1500, top: 16, seed: 1 };

describe('the trade-off curve', () => {
  it('holds the exact optimum of every strength', () => {
    const { tradeOff } = propose({ ...quick, optimiser: 'exact' });
    const q = Object.values(prior);
    expect(tradeOff.length).toBeGreaterThan(6);
    for (const { klStrength, weights, minimised, kl } of tradeOff) {
      const terms = [{ c: 1, b: 0.3, t: slopes, share: 1 }];
      const problem = { terms, combine: 'weighted-mean' as const, klStrength, prior: q };
      const { value } = minimiseLogLinear(problem, feasibleSet(5, []));
      expect(kl).toBeCloseTo(klDivergence(Object.values(weights), q), 12);
      expect(minimised + klStrength * kl).toBeCloseTo(value, 7);
    }
  });

  it.each(['exact', 'gradient', 'simulate', 'auto'] as const)(
    'never turns back, and shows no mixture twice (%s)',
    (optimiser) => {
      for (const klStrength of [0, 0.02]) {
        const { tradeOff, weights } = propose({ ...quick, optimiser, objective: { klStrength } });
        expect(tradeOff.length).toBeGreaterThan(5);
        expect(tradeOff[0]!.klStrength).toBe(0);
        expect(tradeOff.find((point) => point.klStrength === klStrength)!.weights).toEqual(weights);
        for (let k = 1; k < tradeOff.length; k++) {
          const [a, b] = [tradeOff[k - 1]!, tradeOff[k]!];
          expect(b.klStrength).toBeGreaterThan(a.klStrength);
          expect(b.kl).toBeLessThanOrEqual(a.kl);
          expect(b.minimised).toBeGreaterThanOrEqual(a.minimised - 1e-12);
          expect(b.minimised).toBeCloseTo(b.objective.mean, 12);
          if (b.klStrength === klStrength || a.klStrength === klStrength) continue;
          expect(totalVariation(Object.values(a.weights), Object.values(b.weights))).toBeGreaterThanOrEqual(0.01);
        }
      }
    },
  );

  it('lies within a thousandth of the exact curve when only predictions are used', () => {
    const exact = (klStrength: number) =>
      propose({ ...quick, optimiser: 'exact', objective: { klStrength } }).provenance.optimiser.candidates[0]!
        .penalisedObjective;
    for (const { klStrength, minimised, kl } of propose({ ...quick, optimiser: 'gradient' }).tradeOff) {
      expect(minimised + klStrength * kl - exact(klStrength)).toBeLessThan(1e-3);
    }
  });
});
