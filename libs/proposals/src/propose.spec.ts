import { describe, expect, it } from 'vitest';
import { createRandom, InvalidInputError, sampleDirichlet } from '#libs/simplex';
import { propose } from './propose.js';
import type { ProposeInput } from './propose-input.js';

const domains = ['web', 'code', 'books', 'mail'];
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Runs of a known loss, lowest at `best`. */
function runs(n: number, seed: number, best: readonly number[], noise = 0.002): ProposeInput {
  const random = createRandom(seed);
  const mixtures = Array.from({ length: n }, () => sampleDirichlet(random, [1, 1, 1, 1]));
  const loss = mixtures.map((p) => 2 + sum(p.map((w, i) => (w - best[i]!) ** 2)) + noise * random.normal());
  return { domains, mixtures, losses: { loss }, samples: 6000, top: 32, seed: 1 };
}

describe('propose', () => {
  const best = [0.4, 0.3, 0.2, 0.1];
  const tokens = { web: 4000, code: 3000, books: 2000, mail: 1000 };

  it('finds the known optimum of a smooth loss', () => {
    const found = propose({ ...runs(200, 1, best), tokens });
    domains.forEach((domain, i) => {
      expect(Math.abs(found.weights[domain]! - best[i]!)).toBeLessThan(0.06);
    });
    const { natural, uniform } = found.baselines;
    expect(found.predictedObjective.mean).toBeLessThan(uniform.objective.mean);
    expect(Math.abs(found.predictedObjective.mean - natural.objective.mean)).toBeLessThan(0.02);
    expect(found.abstained).toBeNull();
    expect(sum(Object.values(found.weights))).toBeCloseTo(1, 12);
  });

  it('keeps to the caps, says which bind, and counts the epochs', () => {
    const scarce = { web: 1000, code: 1000, books: 1000, mail: 10 };
    const input = runs(120, 2, best);
    const losses = { loss: Array.from(input.mixtures, (p) => 2 - 3 * p[3]!) };
    const found = propose({ ...input, losses, tokens: scarce, targetTokens: 1000, maxEpochs: 4, model: 'linear' });
    expect(found.constraints.caps).toEqual({ web: 1, code: 1, books: 1, mail: 0.04 });
    expect(found.weights.mail!).toBeLessThanOrEqual(0.04 + 1e-12);
    expect(found.constraints.binding).toEqual(['mail']);
    expect(found.epochs!.mail!).toBeCloseTo((found.weights.mail! * 1000) / 10, 9);
    expect(found.epochs!.mail!).toBeLessThanOrEqual(4 + 1e-9);
    expect(found.baselines.uniform.violates).toEqual(['mail']);
    expect(found.notes.join()).toMatch(/uniform mixture breaks the constraints on mail/);
  });

  it('reads a prior alone as the shares of a corpus as long as the run', () => {
    const prior = { web: 0.6, code: 0.2, books: 0.19, mail: 0.01 };
    const found = propose({ ...runs(120, 3, [0, 0, 0, 1]), prior });
    expect(found.constraints.caps!.mail).toBeCloseTo(0.04, 12);
    expect(found.constraints.caps!.web).toBe(1);
    expect(found.baselines.natural).toMatchObject({ source: 'given', weights: prior });
    expect(found.epochs!.web!).toBeCloseTo(found.weights.web! / 0.6, 12);
  });

  it('takes further caps of the caller, with tokens and without', () => {
    for (const known of [{ tokens }, {}]) {
      const found = propose({ ...runs(60, 4, [1, 0, 0, 0]), ...known, caps: { web: 0.25 } });
      expect(found.weights.web!).toBeLessThanOrEqual(0.25 + 1e-12);
      expect(found.constraints.binding).toContain('web');
    }
  });

  it('takes the mean of the sampled mixtures for natural when nothing better is known, and says so', () => {
    const input = runs(60, 5, best);
    const found = propose(input);
    expect(found.baselines.natural.source).toBe('mean of the sampled mixtures');
    expect(found.baselines.natural.weights.web!).toBeCloseTo(sum(input.mixtures.map((p) => p[0]!)) / 60, 12);
    expect(found.constraints.caps).toBeNull();
    expect(found.epochs).toBeNull();
    expect(found.notes.join()).toMatch(/nothing caps/);
  });

  it('abstains when no target has signal: the natural mixture, with the reason', () => {
    const input = runs(40, 6, best);
    const random = createRandom(77);
    const noise = input.mixtures.map(() => random.normal());
    const flat = propose({ ...input, losses: { noise, constant: input.mixtures.map(() => 3) }, tokens });
    expect(flat.abstained!.reason).toMatch(
      /no target of the objective has signal.*constant: no signal: the target is constant/,
    );
    expect(Object.values(flat.weights)).toEqual([0.4, 0.3, 0.2, 0.1].map((w) => expect.closeTo(w, 12)));
    expect(flat.provenance.method).toBe('abstained');
    const tight = propose({ ...input, losses: { noise }, tokens, caps: { web: 0.2 } });
    expect(tight.weights.web).toBeCloseTo(0.2, 12);
    expect(tight.abstained!.reason).toMatch(/brought inside the constraints/);
    expect(tight.baselines.natural.violates).toEqual(['web']);
  });

  it('is not misled by a target without signal beside one with', () => {
    const input = runs(120, 7, best);
    const random = createRandom(78);
    const noise = input.mixtures.map(() => 5 + random.normal());
    const alone = propose({ ...input, tokens });
    const both = propose({ ...input, losses: { ...input.losses, noise }, tokens });
    // The constant moves last digits, so ties fall differently.
    for (const domain of domains) expect(both.weights[domain]).toBeCloseTo(alone.weights[domain]!, 5);
    const mean = sum(noise) / noise.length;
    expect(both.predicted.noise).toMatchObject({ mean, signal: false });
    expect(both.baselines.uniform.predicted.noise!.mean).toBe(mean);
    expect(both.notes.join()).toMatch(/no signal in noise/);
  });

  it('names the best observed mixture by its mean over seeds, not by one lucky run', () => {
    const input = runs(60, 8, best);
    const lucky = input.mixtures[0]!;
    const losses = [...(input.losses.loss as number[]), 1.0, 5.0];
    const found = propose({
      ...input,
      mixtures: [...input.mixtures, lucky, lucky],
      losses: { loss: losses },
      runIds: losses.map((_, i) => `run-${i}`),
      tokens,
    });
    const single = (input.losses.loss as number[]).map((y, i) => (i === 0 ? (y + 1 + 5) / 3 : y));
    const index = single.indexOf(Math.min(...single));
    expect(found.bestObserved).toMatchObject({ index, run: `run-${index}`, rows: 1, objective: single[index] });
    expect(found.bestObserved!.weights.web).toBe(found.bestObserved && input.mixtures[index]![0]);
    // Whatever a fit says of single runs, it says by name as well.
    const { worstPredicted, importance, outliers } = found.fits.loss!;
    expect([...worstPredicted.map(({ run }) => run), ...outliers].every((run) => /^run-\d+$/.test(`${run}`))).toBe(
      true,
    );
    expect(worstPredicted[0]!.observed).toBe(losses[Number(`${worstPredicted[0]!.run}`.slice(4))]);
    expect(importance.map(({ domain }) => domain)).toEqual(input.domains);
  });

  it('tells the best observed mixture within the caps apart from the best of all', () => {
    const found = propose({ ...runs(120, 9, [1, 0, 0, 0]), tokens, caps: { web: 0.5 } });
    expect(found.bestObserved!.withinConstraints).toBe(false);
    expect(found.bestObservedWithinConstraints!.weights.web!).toBeLessThanOrEqual(0.5 + 1e-9);
    expect(found.bestObservedWithinConstraints!.objective).toBeGreaterThan(found.bestObserved!.objective);
  });

  it('says so where a straight line predicts a loss that no run came near, or that cannot be', () => {
    const input = runs(60, 8, best);
    // Every run has little mail, and the loss falls with it: the line leads far outside, below zero.
    const mixtures = input.mixtures.map((p) => {
      const mail = p[3]! / 10;
      return Array.from(p, (w, i) => (i === 3 ? mail : (w * (1 - mail)) / (1 - p[3]!)));
    });
    const losses = { loss: mixtures.map((p) => 1 - 3 * p[3]!) };
    const found = propose({
      ...input,
      mixtures,
      losses,
      prior: { web: 0.1, code: 0.1, books: 0.1, mail: 0.7 },
      model: 'linear',
    });
    expect(found.predicted.loss!.mean).toBeLessThan(0);
    expect(found.notes.join('\n')).toMatch(
      /the predicted loss of the proposal, -\d\S*, which no loss can be, lies beyond every measured run \(0\.\d+ to /,
    );
    expect(propose({ ...runs(60, 8, best), model: 'gbdt' }).notes.join()).not.toMatch(/lies beyond/);
  });

  it('flags a proposal far from everything measured', () => {
    const random = createRandom(10);
    const mixtures = Array.from({ length: 40 }, () => sampleDirichlet(random, [50, 50, 1, 1]));
    const loss = mixtures.map((p) => 3 - 2 * p[2]! + 0.001 * random.normal());
    const found = propose({ domains, mixtures, losses: { loss }, tokens, samples: 6000, model: 'linear' });
    expect(found.extrapolation.outside).toBe(true);
    expect(found.extrapolation.distance).toBeGreaterThan(found.extrapolation.limit);
    const inside = propose({ ...runs(120, 1, best), tokens });
    expect(inside.extrapolation.outside).toBe(false);
  });

  it('leaves diverged runs out, target by target, and counts them', () => {
    const input = runs(60, 11, best);
    const loss = (input.losses.loss as number[]).map((y, i) =>
      i < 3 ? Number.NaN : i === 3 ? Number.POSITIVE_INFINITY : y,
    );
    const found = propose({ ...input, losses: { loss, other: input.losses.loss! }, tokens });
    expect(found.provenance.leftOut).toEqual({ loss: 4, other: 0 });
    expect(found.fits.loss!.rows).toBe(56);
    expect(found.bestObserved!.index).toBeGreaterThan(3);
  });

  it('is JSON, and the same from run to run; another seed differs', () => {
    const input = { ...runs(60, 12, best), tokens, inputsHash: 'sha256:0', samples: 1500 };
    const first = propose(input);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(propose(input)).toEqual(first);
    expect(propose({ ...input, seed: 2 }).weights).not.toEqual(first.weights);
    expect(first.provenance).toMatchObject({ seed: 1, inputsHash: 'sha256:0', runs: 60, samples: 1500, top: 32 });
  });

  it('reports progress', () => {
    const phases: string[] = [];
    propose({
      ...runs(40, 13, best),
      tokens,
      onProgress: ({ phase, done, total }) => phases.push(`${phase} ${done}/${total}`),
    });
    expect(phases[0]).toBe('fit 0/1');
    expect(phases).toContain('simulate 0/6000');
    expect(phases).toContain('simulate 6000/6000');
    expect(phases.at(-1)).toBe('refine 4/4');
  });

  it('optimises the worst case', () => {
    const random = createRandom(14);
    const mixtures = Array.from({ length: 150 }, () => sampleDirichlet(random, [1, 1, 1, 1]));
    const losses = { a: mixtures.map((p) => 2 - p[0]!), b: mixtures.map((p) => 2 - p[1]!) };
    const found = propose({
      domains,
      mixtures,
      losses,
      tokens,
      samples: 6000,
      top: 16,
      model: 'linear',
      objective: { targets: { a: 1, b: 1 }, combine: 'worst-case' },
    });
    expect(found.weights.web!).toBeGreaterThan(0.42);
    expect(found.weights.code!).toBeGreaterThan(0.42);
    const { a, b } = found.predicted;
    expect(found.predictedObjective.mean).toBeCloseTo(Math.max(a!.mean, b!.mean), 12);
  });

  it.each<[string, Partial<ProposeInput>, string, RegExp]>([
    [
      'caps that admit no mixture',
      { tokens, targetTokens: 50_000 },
      'CAPS_INFEASIBLE',
      /0\.2 short of 1\. Binding: "mail" <= 0\.08, "books" <= 0\.16/,
    ],
    [
      'an unknown domain in the prior',
      { prior: { web: 0.5, cod: 0.5 } },
      'DOMAIN_UNKNOWN',
      /"cod".*missing from the prior: "code", "books", "mail"/,
    ],
    [
      'a missing domain in the tokens',
      { tokens: { web: 1, code: 1, books: 1 } },
      'DOMAIN_MISSING',
      /domains missing from the tokens: "mail"/,
    ],
    ['target tokens without tokens', { targetTokens: 5 }, 'TOKENS_MISSING', /needs the tokens/],
    ['epochs without tokens', { maxEpochs: 5 }, 'TOKENS_MISSING', /maxEpochs needs/],
    ['no targets', { losses: {} }, 'TARGETS_EMPTY', /at least one target/],
    ['an unknown domain in the caps', { caps: { wbe: 0.1 } }, 'DOMAIN_UNKNOWN', /unknown domains in the caps: "wbe"/],
    ['duplicate domains', { domains: ['web', 'web', 'a', 'b'] }, 'DOMAIN_DUPLICATE', /"web" is given twice/],
  ])('refuses %s', (_, change, code, message) => {
    const input = { ...runs(20, 15, best), ...change };
    expect(() => propose(input)).toThrow(message);
    expect(() => propose(input)).toThrow(expect.objectContaining({ code }) as unknown as Error);
  });

  it('names the run whose weights are no mixture', () => {
    const input = runs(20, 16, best);
    const mixtures = input.mixtures.map((p, i) => (i === 7 ? Array.from(p, (w) => 100 * w) : p));
    const runIds = mixtures.map((_, i) => i + 1);
    expect(() => propose({ ...input, mixtures, runIds })).toThrow(
      /run 8: weights sum to 100, so they look like percentages/,
    );
    expect(() => propose({ ...input, mixtures })).toThrow(InvalidInputError);
  });

  it('refuses one run', () => {
    const input = runs(1, 17, best);
    expect(() => propose(input)).toThrow(/no target can be fitted: "loss": 1 finite loss; at least 5 are needed/);
  });

  it('leaves a target out that cannot be fitted, says why, and is otherwise as if it had not been given', () => {
    const input = runs(30, 18, best);
    const scarce = Array.from({ length: 30 }, (_, r) => (r < 3 ? 1 + r : null));
    const { losses, ...rest } = input;
    const document = propose({ ...rest, losses: { scarce, ...losses } });
    const without = propose(input);
    expect(document.unfitted).toEqual({ scarce: '3 finite losses; at least 5 are needed' });
    const note = 'scarce is left out, without a fit: 3 finite losses; at least 5 are needed';
    expect(document.notes).toContain(note);
    const notes = document.notes.filter((other) => other !== note);
    expect({ ...document, unfitted: {}, notes }).toEqual(without);
    for (const asked of [
      { objective: { targets: { scarce: 1, loss: 1 } } },
      { pareto: { groups: { one: { scarce: 1 }, two: { loss: 1 } } } },
    ]) {
      expect(() => propose({ ...rest, losses: { scarce, ...losses }, ...asked })).toThrow(
        expect.objectContaining({
          code: 'TARGET_UNFITTED',
          message: expect.stringMatching(/"scarce" has no fit.*3 finite losses; at least 5 are needed/),
        }),
      );
    }
    // A weight of 0 counts nothing.
    const zero = propose({ ...rest, losses: { scarce, ...losses }, objective: { targets: { scarce: 0, loss: 1 } } });
    expect(zero.weights).toEqual(without.weights);
  });
});
