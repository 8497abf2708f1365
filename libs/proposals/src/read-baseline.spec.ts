import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { propose } from './propose.js';
import { readBaseline } from './read-baseline.js';

const domains = ['web', 'code', 'books'];
const lastYear = (weights: Record<string, number>) => ({ name: "last year's mix", weights });

describe('readBaseline', () => {
  it('puts the weights in the order of the domains, with 0 for those that it does not name', () => {
    expect(readBaseline(domains, lastYear({ books: 0.25, web: 0.75 }))).toEqual([0.75, 0, 0.25]);
  });

  it('divides by a sum that rounding left beside 1', () => {
    const [web, code] = readBaseline(domains, lastYear({ web: 0.5, code: 0.501 }));
    expect(web! + code!).toBeCloseTo(1, 15);
  });

  it.each([
    [{ web: 0.5, cod: 0.5 }, /unknown domains in the baseline: "cod"\. Did you mean "code"\?/],
    [{ web: 0.5, poetry: 0.5 }, /unknown domains in the baseline: "poetry"$/],
    [{ web: 0.5, code: 0.4 }, /sum to 0\.9/],
    [{ web: 1.5, code: -0.5 }, /"code" must be in \[0, 1\]/],
    [{}, /sum to 0/],
  ])('refuses %j', (weights, message) => {
    expect(() => readBaseline(domains, lastYear(weights as Record<string, number>))).toThrow(message);
  });

  it('refuses a mixture without a name, which no report could speak of', () => {
    expect(() => readBaseline(domains, { name: ' ', weights: { web: 1 } })).toThrow('the baseline needs a name');
  });
});

describe('a proposal beside a baseline', () => {
  const random = createRandom(5);
  const mixtures = Array.from({ length: 80 }, () => sampleDirichlet(random, [1, 1, 1]));
  const losses = { loss: mixtures.map((p) => 3 - p[1]! + 0.001 * random.normal()) };
  const runs = { domains, mixtures, losses, model: 'linear', samples: 2000, top: 32, seed: 1 };

  it('predicts the baseline as it does natural and uniform, and changes nothing else', () => {
    const baseline = lastYear({ web: 0.5, code: 0.5 });
    const found = propose({ ...runs, baseline });
    const { given } = found.baselines;
    expect(given).toMatchObject({ name: "last year's mix", weights: { web: 0.5, code: 0.5, books: 0 }, violates: [] });
    expect(given!.objective.mean).toBeCloseTo(2.5, 1);
    expect(given!.predicted.loss!.mean).toBe(given!.objective.mean);
    const without = propose(runs);
    expect(without.baselines.given).toBeUndefined();
    expect(found).toEqual({ ...without, baselines: { ...without.baselines, given } });
  });

  it('says which constraints the baseline breaks', () => {
    const found = propose({ ...runs, caps: { web: 0.4 }, baseline: lastYear({ web: 0.5, code: 0.5 }) });
    expect(found.baselines.given!.violates).toEqual(['web']);
    expect(found.notes).toContain("last year's mix breaks the constraints on web");
  });

  it('says when the fit prefers the baseline to the proposal', () => {
    const found = propose({ ...runs, caps: { code: 0.2 }, baseline: lastYear({ code: 1 }) });
    expect(found.notes).toContain(
      "the fit predicts a lower objective for last year's mix than for the proposal: train both",
    );
  });

  it('refuses an unknown name before anything is fitted', () => {
    expect(() => propose({ ...runs, losses: { loss: [] }, baseline: lastYear({ wen: 1 }) })).toThrow(
      'Did you mean "web"?',
    );
  });
});
