import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { bowl, knownWorld, logLinear } from '../test/known-fits.js';
import { resolveObjective } from './objective.js';
import { ObjectiveModel } from './objective-model.js';
import { propose } from './propose.js';
import type { ProposeInput } from './propose-input.js';

const domains = ['web', 'code', 'books', 'mail', 'news'];
const best = [0.4, 0.3, 0.2, 0.1, 0];
const tokens = { web: 4000, code: 3000, books: 2000, mail: 600, news: 400 };
const quick = { samples: 2000, top: 32, seed: 1 };
const values = (weights: Readonly<Record<string, number>>) => domains.map((name) => weights[name]!);

/** Every constraint that was asked for, checked from the input alone. */
function assertWithin(weights: Readonly<Record<string, number>>, asked: Partial<ProposeInput>): void {
  const all = values(weights);
  expect(Math.abs(all.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-9);
  for (const w of all) expect(w).toBeGreaterThanOrEqual(0);
  for (const [name, cap] of Object.entries(asked.caps ?? {})) expect(weights[name]!).toBeLessThan(cap + 1e-9);
  for (const [name, least] of Object.entries(asked.minimums ?? {}))
    expect(weights[name]!).toBeGreaterThan(least - 1e-9);
  for (const [name, at] of Object.entries(asked.pinned ?? {})) expect(Math.abs(weights[name]! - at)).toBeLessThan(1e-9);
  for (const { domains: members, min = 0, max = 1 } of asked.groups ?? []) {
    const sum = members.reduce((total, name) => total + weights[name]!, 0);
    expect(sum).toBeGreaterThan(min - 1e-9);
    expect(sum).toBeLessThan(max + 1e-9);
  }
  for (const w of all) if (w > 1e-9) expect(w).toBeGreaterThan((asked.minimumNonzero ?? 0) - 1e-9);
}

describe('the optimisers', () => {
  const world = knownWorld(domains, { loss: bowl(best) });

  it('find a known optimum, the gradient search more closely than simulation', () => {
    const far = (optimiser: 'simulate' | 'gradient' | 'auto') => {
      const { weights } = propose({ ...world, ...quick, optimiser });
      return Math.max(...values(weights).map((w, i) => Math.abs(w - best[i]!)));
    };
    expect(far('simulate')).toBeLessThan(0.1);
    expect(far('gradient')).toBeLessThan(0.005);
    expect(far('auto')).toBeLessThan(0.005);
  });

  it('agree with the exact optimum of the log-linear family, which auto takes', () => {
    const convex = knownWorld(domains, {
      a: logLinear(1.5, 0.3, [-2, 0, 0.5, 0, 0]),
      b: logLinear(1.2, 0.1, [0.2, -3, 0, 0, -0.4]),
    });
    for (const combine of ['weighted-mean', 'worst-case'] as const) {
      const asked = { ...convex, ...quick, tokens, maxEpochs: 2, objective: { combine, klStrength: 0.01 } };
      const exact = propose(asked);
      const { optimiser } = exact.provenance;
      expect(optimiser).toMatchObject({ requested: 'auto', used: 'exact', converged: true });
      expect(optimiser.dualityGap).toBeLessThan(1e-7);
      const searched = propose({ ...asked, optimiser: 'gradient' }).provenance.optimiser;
      const reached = (report: typeof optimiser) => report.candidates.at(-1)!.penalisedObjective;
      expect(reached(searched)).toBeGreaterThan(reached(optimiser) - 1e-7);
      expect(reached(searched) - reached(optimiser)).toBeLessThan(combine === 'worst-case' ? 5e-3 : 2e-4);
    }
  });

  it('refuse the exact method where the objective is not convex, saying why', () => {
    expect(() => propose({ ...world, ...quick, optimiser: 'exact' })).toThrow(
      /exact optimiser cannot be used: the fit of loss is known, not log-linear/,
    );
    const convex = knownWorld(domains, { a: logLinear(1, 0, [-1, 0, 0, 0, 0]) });
    expect(() => propose({ ...convex, ...quick, optimiser: 'exact', objective: { uncertainty: 1 } })).toThrow(
      /standard error in the objective is not convex/,
    );
    expect(() => propose({ ...world, optimiser: 'newton' as 'exact' })).toThrow(/unknown optimiser "newton"/);
  });

  it('keep to every constraint whatever the optimiser', () => {
    const convex = knownWorld(domains, { loss: logLinear(1, 0, [-1, -2, 0.3, 1, 0]) });
    const weight = fc.double({ min: 0, max: 0.3, noNaN: true });
    const asked = fc.record({
      caps: fc.record({ web: fc.double({ min: 0.3, max: 1, noNaN: true }) }),
      minimums: fc.record({ news: weight }),
      pinned: fc.oneof(fc.constant({}), fc.record({ mail: fc.double({ min: 0.05, max: 0.2, noNaN: true }) })),
      groups: fc.constantFrom([], [{ name: 'text', domains: ['books', 'news'], min: 0.35, max: 0.6 }]),
      minimumNonzero: fc.constantFrom(0, 0.05),
      optimiser: fc.constantFrom('simulate' as const, 'gradient' as const, 'auto' as const),
      exact: fc.boolean(),
    });
    fc.assert(
      fc.property(asked, ({ exact, ...constraints }) => {
        const found = propose({ ...(exact ? convex : world), samples: 300, top: 8, seed: 3, ...constraints });
        assertWithin(found.weights, constraints);
        assertWithin(found.worst!.weights, constraints);
        for (const point of found.tradeOff) assertWithin(point.weights, constraints);
        // No dust: what is not 0 could be told from 0, or was asked for.
        const { groups = [], minimums = {}, pinned = {} } = constraints as Partial<ProposeInput>;
        for (const [name, w] of Object.entries(found.weights)) {
          const asked = groups.length > 0 || name in minimums || name in pinned;
          expect(w === 0 || w > 9e-7 || asked).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('leave a weight at 0 or at the minimum rather than between, whichever is better', () => {
    // 0.04 is nearer to 0.05 than to 0: worth the minimum. 0.01 is not.
    for (const [small, expected] of [
      [0.04, 0.05],
      [0.01, 0],
    ] as const) {
      const world = knownWorld(domains, { loss: bowl([0.5 - small, 0.3, 0.2, small, 0]) });
      const found = propose({ ...world, ...quick, minimumNonzero: 0.05 });
      expect(found.weights.mail).toBeCloseTo(expected, 6);
      expect(found.constraints.binding).toContain('mail');
      expect(found.notes.join()).toMatch(/every weight is 0 or at least 0.05.*local search/);
    }
    expect(() => propose({ ...world, ...quick, minimumNonzero: 0.7, caps: { web: 0.9, code: 0.5 } })).not.toThrow();
    const three = { caps: { web: 0.4, code: 0.4, books: 0.4, mail: 0.4, news: 0.4 }, minimumNonzero: 0.39 };
    expect(() => propose({ ...world, ...quick, ...three })).toThrow(/weights are all 0 or at least 0.39/);
  });

  it('weigh certainty against the mean', () => {
    // Two equal valleys, of which the one with much code is uncertain.
    const valley = (p: ArrayLike<number>) => Math.min((p[0]! - 0.8) * (p[0]! - 0.8), (p[1]! - 0.8) * (p[1]! - 0.8)) + 2;
    const uncertain = knownWorld(domains, {
      loss: { law: (p) => valley(p) - 0.001 * p[1]!, error: (p) => 0.001 + 0.2 * p[1]! },
    });
    const neutral = propose({ ...uncertain, ...quick });
    const careful = propose({ ...uncertain, ...quick, objective: { uncertainty: 1 } });
    expect(neutral.weights.code).toBeGreaterThan(0.7);
    expect(careful.weights.web).toBeGreaterThan(0.7);
    expect(careful.predictedObjective.standardError!).toBeLessThan(neutral.predictedObjective.standardError!);
  });

  it('price repetition where it is asked for', () => {
    const greedy = knownWorld(domains, { loss: { law: (p) => 3 - 0.05 * p[4]! } });
    const many = { web: 4e9, code: 3e9, books: 2e9, mail: 6e8, news: 4e8 };
    const asked = { ...greedy, ...quick, tokens: many, targetTokens: 1e10, maxEpochs: 20 };
    const blind = propose(asked);
    const priced = propose({ ...asked, objective: { repetition: true } });
    expect(blind.weights.news).toBeGreaterThan(0.75);
    expect(priced.weights.news).toBeLessThan(0.5);
    expect(priced.repetition).toMatchObject({ inObjective: true });
    expect(priced.repetition!.pricedLoss!).toBeLessThan(blind.repetition!.pricedLoss!);
    expect(blind.repetition!.domains.news!.epochs).toBeCloseTo((blind.weights.news! * 1e10) / 4e8, 6);
    expect(blind.repetition!.domains.news!.efficiencyDataOnly).toBeLessThan(blind.repetition!.domains.news!.efficiency);
    const limited = propose({ ...asked, minimumEfficiency: 0.9 });
    for (const { efficiency } of Object.values(limited.repetition!.domains))
      expect(efficiency).toBeGreaterThan(0.9 - 1e-9);
    expect(limited.constraints.details).toContainEqual(expect.objectContaining({ kind: 'efficiency', name: 'news' }));
    expect(() => propose({ ...greedy, ...quick, objective: { repetition: true } })).toThrow(
      /repetition needs the tokens/,
    );
  });

  it('name what binds with what it costs, which for a linear loss is 0.01 times the difference of the slopes', () => {
    const linear = knownWorld(domains, { loss: { law: (p) => 3 - 0.5 * p[3]! - 0.2 * p[0]! } });
    const price = (name: string, { constraints }: ReturnType<typeof propose>) =>
      constraints.details.find((detail) => detail.name === name)!.changePer001!;
    const groups = [{ name: 'prose', domains: ['books', 'news'], min: 0.2 }];
    const found = propose({ ...linear, ...quick, caps: { mail: 0.3 }, groups });
    expect([...found.constraints.binding].sort()).toEqual(['mail', 'prose']);
    expect(price('mail', found)).toBeCloseTo(-0.01 * (0.5 - 0.2), 4);
    expect(price('prose', found)).toBeCloseTo(-0.01 * 0.2, 4);
    // Averages of simulated mixtures reach few limits, a pinned weight always; it is priced in the same way.
    const averaged = propose({ ...linear, ...quick, optimiser: 'simulate', pinned: { mail: 0.1 } });
    expect(price('mail', averaged)).toBeCloseTo(-0.01 * (0.5 - 0.2), 3);
  });

  it('trade the objective for nearness along a curve that never turns back', () => {
    for (const optimiser of ['simulate', 'auto'] as const) {
      const { tradeOff, weights } = propose({ ...world, ...quick, tokens, optimiser, objective: { klStrength: 0.01 } });
      for (let k = 1; k < tradeOff.length; k++) {
        expect(tradeOff[k]!.klStrength).toBeGreaterThan(tradeOff[k - 1]!.klStrength);
        if (optimiser === 'simulate') continue;
        expect(tradeOff[k]!.kl).toBeLessThan(tradeOff[k - 1]!.kl + 1e-3);
        expect(tradeOff[k]!.objective.mean).toBeGreaterThan(tradeOff[k - 1]!.objective.mean - 1e-5);
      }
      expect(tradeOff[0]!.klStrength).toBe(0);
      expect(tradeOff.at(-1)!.kl).toBeLessThan(0.002);
      expect(tradeOff.find((point) => point.klStrength === 0.01)!.weights).toEqual(weights);
    }
  });

  it('find the worst mixture as the negative control', () => {
    // The corners lie at squared distances 0.5, 0.7, 0.9, 1.1 and 1.3 of the best mixture.
    expect(propose({ ...world, ...quick }).worst!.weights.news).toBeCloseTo(1, 3);
    const { worst } = propose({ ...world, ...quick, pinned: { news: 0 } });
    expect(worst!.weights.mail).toBeCloseTo(1, 3);
    expect(worst!.objective.mean).toBeCloseTo(3.1, 3);
  });
});

describe('the choice between the optimisers', () => {
  it('does not take a pit that is gone a few percent of the weight away for an optimum', () => {
    const smooth = knownWorld(domains, { loss: bowl(best) });
    const pit = smooth.mixtures[7]!;
    const pitted = bowl(best).law;
    const law = (p: ArrayLike<number>) => pitted(p) - (pit.every((w, i) => Math.abs(w - p[i]!) < 0.002) ? 1 : 0);
    const world = knownWorld(domains, { loss: { law } });
    const asked = (optimiser: 'gradient' | 'auto') => propose({ ...world, ...quick, optimiser });
    expect(values(asked('gradient').weights)).toEqual(pit.map((w) => expect.closeTo(w, 2)));
    const { weights, provenance } = asked('auto');
    values(weights).forEach((w, i) => {
      expect(Math.abs(w - best[i]!)).toBeLessThan(0.1);
    });
    expect(provenance.optimiser.used).toBe('simulate');
    const [simulate, gradient] = provenance.optimiser.candidates;
    expect(gradient!.penalisedObjective).toBeLessThan(simulate!.penalisedObjective - 0.5);
    expect(gradient!.nearby!).toBeGreaterThan(simulate!.nearby!);
  });
});

describe('the document', () => {
  const world = knownWorld(domains, { a: bowl(best), b: bowl([...best].reverse()) });

  it('is JSON with everything asked for at once, and the same from run to run', () => {
    const everything: ProposeInput = {
      ...world,
      ...quick,
      tokens,
      licences: { mail: 'unclear', news: 'open' },
      excludeLicences: ['unclear'],
      minimums: { news: 0.05 },
      pinned: { books: 0.15 },
      groups: [{ name: 'prose', domains: ['books', 'news'], max: 0.3 }],
      minimumNonzero: 0.02,
      minimumEfficiency: 0.5,
      objective: { targets: { a: 2, b: 1 }, uncertainty: 0.5, klStrength: 0.001, repetition: true },
      pareto: { groups: { a: { a: 1 }, b: { b: 1 } }, points: 3 },
    };
    const found = propose(everything);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(propose(everything)).toEqual(found);
    expect(found.weights.mail).toBe(0);
    expect(found.constraints.excluded).toEqual(['mail']);
    expect(found.constraints.details).toContainEqual(expect.objectContaining({ kind: 'licence', name: 'mail' }));
    expect(found.notes.join('\n')).toMatch(/left out for their licence: mail/);
    expect(found.notes.join('\n')).toMatch(/price of repetition was part of what was minimised/);
  });

  it('shows intervals that nest around their mean', () => {
    const { predictedObjective, baselines, predicted } = propose({ ...world, ...quick });
    for (const estimate of [predictedObjective, baselines.natural.objective, predicted.a!]) {
      const { lower90, lower50, mean, upper50, upper90 } = estimate;
      const ordered = [lower90!, lower50!, mean, upper50!, upper90!];
      expect([...ordered].sort((x, y) => x - y)).toEqual(ordered);
    }
  });

  it('takes fits made elsewhere, more than asked for as well, and refuses those of other rows', () => {
    const { a } = world.losses;
    expect(propose({ ...world, ...quick, losses: { a: a! } }).objective.targets).toEqual({ a: 1 });
    expect(() => propose({ ...world, ...quick, fits: { a: world.fits.a! } })).toThrow(/fit of "b" is missing/);
    const diverged = a!.map((loss, r) => (r === 2 ? Number.NaN : loss));
    expect(() => propose({ ...world, ...quick, losses: { a: diverged } })).toThrow(/fit of "a" was made on other rows/);
  });
});

describe('the Pareto front', () => {
  const convex = knownWorld(domains, {
    a: logLinear(1, 0, [-2, 0, 0, 0, 0]),
    b: logLinear(1, 0, [0, -2, 0, 0, 0]),
    c: logLinear(1, 0, [0, 0, -2, 0, 0]),
  });

  it('runs from one group to the other, no point beaten by another', () => {
    const pareto = { groups: { left: { a: 1 }, right: { b: 2 } }, points: 5 };
    const { pareto: front } = propose({ ...convex, ...quick, pareto });
    expect(front!.length).toBe(5);
    expect(front!.map((point) => point.emphasis.left)).toEqual([1, 0.75, 0.5, 0.25, 0]);
    for (let k = 1; k < front!.length; k++) {
      expect(front![k]!.groups.left!.mean).toBeGreaterThan(front![k - 1]!.groups.left!.mean);
      expect(front![k]!.groups.right!.mean).toBeLessThan(front![k - 1]!.groups.right!.mean);
    }
    expect(front![0]!.weights.web).toBeCloseTo(1, 4);
    expect(front![2]!.weights.web).toBeCloseTo(0.5, 3);
  });

  it('covers three groups, whatever the surrogate, and drops what is beaten', () => {
    const pareto = { groups: { x: { a: 1 }, y: { b: 1 }, z: { c: 1, a: 1 } }, points: 6 };
    const { pareto: front } = propose({ ...convex, ...quick, optimiser: 'gradient', pareto, caps: { web: 0.6 } });
    expect(front!.length).toBeGreaterThan(2);
    for (const p of front!) {
      expect(p.weights.web).toBeLessThan(0.6 + 1e-9);
      const beaten = front!.some((q) => Object.keys(p.groups).every((g) => q.groups[g]!.mean < p.groups[g]!.mean));
      expect(beaten).toBe(false);
    }
    expect(() => propose({ ...convex, ...quick, pareto: { groups: { x: { a: 1 } } } })).toThrow(/at least two groups/);
    expect(() => propose({ ...convex, ...quick, pareto: { groups: { x: { a: 1 }, y: { q: 1 } } } })).toThrow(
      /unknown target "q"/,
    );
  });
});

describe('the recommendation', () => {
  it('is the best measured mixture unless the predicted gain exceeds the noise', () => {
    const sparse = knownWorld(domains, { loss: bowl(best) }, { runs: 12, noise: 0.001 });
    const clear = propose({ ...sparse, ...quick });
    expect(clear.recommended).toMatchObject({ mixture: 'proposal', weights: clear.weights });
    expect(clear.recommended.gain!).toBeGreaterThan(clear.recommended.noise!);
    expect(clear.recommended.reason).toMatch(/gain over the best measured mixture, 0\.\d+, exceeds the .*0\.\d+/);

    const noisy = knownWorld(domains, { loss: bowl(best) }, { runs: 200, noise: 0.05 });
    const unclear = propose({ ...noisy, ...quick });
    expect(unclear.recommended.mixture).toBe('best-observed');
    expect(unclear.recommended.weights).toEqual(unclear.bestObservedWithinConstraints!.weights);
    expect(unclear.notes.join()).toMatch(/by the fit alone, the best measured mixture is recommended/);
  });

  it('does not send anybody to train a mixture that breaks the constraints', () => {
    const sparse = knownWorld(domains, { loss: bowl(best) }, { runs: 12, noise: 0.001 });
    const { bestObserved, predictedObjective, notes } = propose({ ...sparse, ...quick, caps: { books: 0.05 } });
    expect(bestObserved!.withinConstraints).toBe(false);
    expect(bestObserved!.predictedObjective.mean).toBeLessThan(predictedObjective.mean);
    expect(notes.join()).toMatch(/best observed mixture breaks constraints/);
    expect(notes.join()).not.toMatch(/predicts a lower objective for the best observed/);
  });

  it('compares predictions, since the lowest of many noisy measurements flatters its mixture', () => {
    const noisy = knownWorld(domains, { loss: bowl(best) }, { runs: 200, noise: 0.05 });
    const { bestObserved, recommended, predictedObjective } = propose({ ...noisy, ...quick });
    expect(bestObserved!.objective).toBeLessThan(bestObserved!.predictedObjective.mean);
    expect(recommended.gain).toBeCloseTo(bestObserved!.predictedObjective.mean - predictedObjective.mean, 12);
  });

  it('hears the noise that runs of one mixture show', () => {
    const world = knownWorld(domains, { loss: bowl(best) }, { runs: 12, noise: 0.001 });
    const twin = world.mixtures[3]!;
    // Two further runs of one mixture, far apart; the fit was made without them.
    const repeated = {
      ...world,
      mixtures: [...world.mixtures, twin, twin],
      losses: { loss: [...world.losses.loss!, world.losses.loss![3]! + 0.6, world.losses.loss![3]! - 0.6] },
    };
    const { recommended } = propose({ ...repeated, ...quick });
    expect(recommended.noise).toBeGreaterThan(0.6);
    expect(recommended.noiseBasis).toBe('the noise between runs of one mixture');
  });

  it('is the proposal where no measured mixture satisfies the constraints', () => {
    const world = knownWorld(domains, { loss: bowl(best) }, { runs: 8 });
    const found = propose({ ...world, ...quick, pinned: { web: 0.123 } });
    expect(found.bestObservedWithinConstraints).toBeNull();
    expect(found.recommended).toMatchObject({ mixture: 'proposal', gain: null });
  });
});

describe('the intervals of an objective', () => {
  it('are as wide as the less certain target makes them where targets tie in the worst case', () => {
    const world = knownWorld(domains, {
      a: { law: (p) => 2 - p[0]!, error: () => 0.01 },
      b: { law: (p) => 2 - p[1]!, error: () => 0.1 },
    });
    const objective = resolveObjective({ combine: 'worst-case' }, ['a', 'b']);
    const model = new ObjectiveModel(world.fits, objective, world.losses, [0.2, 0.2, 0.2, 0.2, 0.2], null);
    const error = (p: number[]) => model.estimate([Float64Array.from(p)])[0]!.standardError!;
    expect(error([0.5, 0.5, 0, 0, 0]) / error([0, 1, 0, 0, 0])).toBeCloseTo(10, 9);
    expect(error([1, 0, 0, 0, 0]) / error([0, 1, 0, 0, 0])).toBeCloseTo(10, 9);
  });

  it('widen with the correlation of the errors of its targets', () => {
    const random = createRandom(5);
    const mixtures = Array.from({ length: 200 }, () => sampleDirichlet(random, [1, 1, 1, 1, 1]));
    const shared = mixtures.map(() => 0.1 * random.normal());
    const own = () => mixtures.map(() => 0.1 * random.normal());
    const losses = (a: number[], b: number[]) => ({
      a: mixtures.map((p, r) => 2 - p[0]! + a[r]!),
      b: mixtures.map((p, r) => 2 - p[1]! + b[r]!),
    });
    const error = (a: number[], b: number[]) =>
      propose({ domains, mixtures, losses: losses(a, b), model: 'linear', ...quick }).predictedObjective;
    const together = error(shared, shared);
    const apart = error(own(), own());
    expect(together.standardError! / apart.standardError!).toBeGreaterThan(1.25);
    expect(together.standardError! / 0.1).toBeCloseTo(1, 0);
    expect(apart.upper90! - apart.lower90!).toBeLessThan(together.upper90! - together.lower90!);
  });
});
