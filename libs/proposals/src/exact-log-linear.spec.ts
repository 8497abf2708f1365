import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, feasibleSet, type LinearLimit, PolytopeSampler, violation } from '#libs/simplex';
import { type ConvexProblem, convexObjective } from './convex-problem.js';
import { minimiseLogLinear } from './exact-log-linear.js';

interface Fixture {
  c: number[];
  b: number[];
  t: number[][];
  share: number[];
  prior: number[];
  klStrength: number;
  combine: 'weighted-mean' | 'worst-case';
  lower: number[];
  upper: number[];
  group: number[];
  bounds: [number, number];
  weights: number[];
  value: number;
}
const { problems } = JSON.parse(readFileSync(new URL('../fixtures/convex.json', import.meta.url), 'utf8')) as {
  problems: Fixture[];
};
const problemOf = ({ c, b, t, share, prior, klStrength, combine }: Fixture): ConvexProblem => ({
  terms: c.map((value, k) => ({ c: value, b: b[k]!, t: t[k]!, share: share[k]! })),
  combine,
  klStrength,
  prior,
});

describe('the exact optimiser of the log-linear family', () => {
  it('reaches the optimum of a general optimiser within its duality gap, for means and for the worst case', () => {
    for (const fixture of problems) {
      const problem = problemOf(fixture);
      const limits: LinearLimit[] = [
        ...fixture.lower.map((min, i) => ({ label: '', members: [i], min, max: fixture.upper[i]! })),
        { label: '', members: fixture.group, min: fixture.bounds[0], max: fixture.bounds[1] },
      ];
      const set = feasibleSet(fixture.prior.length, limits);
      const found = minimiseLogLinear(problem, set);
      expect(found.converged).toBe(true);
      expect(found.dualityGap).toBeLessThan(1e-8);
      expect(violation(found.weights, set.polytope)).toBeLessThan(1e-9);
      expect(Math.abs(found.value - fixture.value)).toBeLessThan(1e-6);
      expect(found.value).toBeCloseTo(convexObjective(problem, found.weights), 12);
    }
    expect(new Set(problems.map((p) => p.combine)).size).toBe(2);
  });

  it('has no better mixture within its gap among thousands of others', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(0, 0.05, 1), (seed, klStrength) => {
        const random = createRandom(seed);
        const m = 3 + random.integer(6);
        const term = () => ({
          c: random.uniform(),
          b: random.normal(),
          t: Array.from({ length: m }, () => 3 * random.normal()),
          share: random.uniform(),
        });
        const prior = Array.from({ length: m }, () => 1 / m);
        const problem: ConvexProblem = { terms: [term(), term()], combine: 'weighted-mean', klStrength, prior };
        const set = feasibleSet(m, [{ label: '', members: [0, 1], min: 0.1, max: 0.7 }]);
        const { value, dualityGap } = minimiseLogLinear(problem, set);
        const sampler = new PolytopeSampler(random, set);
        for (let k = 0; k < 200; k++) {
          const other = sampler.drawInto(prior, new Float64Array(m));
          expect(convexObjective(problem, other)).toBeGreaterThan(value - dualityGap - 1e-9);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('goes to the natural mixture as the pull grows, and to a corner where nothing holds it back', () => {
    const prior = [0.5, 0.3, 0.2];
    const terms = [{ c: 1, b: 0, t: [0, 0, -3], share: 1 }];
    const set = feasibleSet(3, []);
    const strong = minimiseLogLinear({ terms, combine: 'weighted-mean', klStrength: 1e4, prior }, set);
    strong.weights.forEach((w, i) => {
      expect(w).toBeCloseTo(prior[i]!, 3);
    });
    const free = minimiseLogLinear({ terms, combine: 'weighted-mean', klStrength: 0, prior }, set);
    expect(Array.from(free.weights)).toEqual([0, 0, 1]);
    // The closed form of one exponential with a pull: p_i proportional to q_i exp(-slope_i / lambda).
    const lambda = 0.4;
    const { weights } = minimiseLogLinear({ terms, combine: 'weighted-mean', klStrength: lambda, prior }, set);
    const slope = -3 * Math.exp(-3 * weights[2]!);
    const tilted = prior.map((q, i) => q * Math.exp(i === 2 ? -slope / lambda : 0));
    const total = tilted.reduce((a, b) => a + b, 0);
    weights.forEach((w, i) => {
      expect(w).toBeCloseTo(tilted[i]! / total, 5);
    });
  });

  it('takes a single mixture for an answer where the limits leave no other', () => {
    const set = feasibleSet(2, [{ label: '', members: [0], min: 0.3, max: 0.3 }]);
    const terms = [{ c: 0, b: 0, t: [1, 0], share: 1 }];
    const found = minimiseLogLinear({ terms, combine: 'worst-case', klStrength: 0, prior: [0.5, 0.5] }, set);
    expect(Array.from(found.weights)).toEqual([0.3, 0.7]);
    expect(found.value).toBeCloseTo(Math.exp(0.3), 12);
  });
});
