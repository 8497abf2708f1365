import { describe, expect, it } from 'vitest';
import { bowl, knownWorld } from '../test/known-fits.js';
import { propose } from './propose.js';
import type { ProposeInput } from './propose-input.js';
import { locateInSamples } from './sampled-region.js';

const domains = ['web', 'code', 'books', 'mail', 'news'];
const best = [0.4, 0.3, 0.2, 0.1, 0];
const quick = { samples: 3000, top: 24, seed: 1 };
const prior = { web: 0.3, code: 0.2, books: 0.2, mail: 0.2, news: 0.1 };

/** The runs of a world in which little news was ever tried, beside a fit that promises much for it. */
function unseenNews(): ProposeInput {
  const world = knownWorld(domains, { loss: { law: (p) => 3 - 2 * p[4]! } }, { runs: 30, noise: 0.0005 });
  const mixtures = world.mixtures.map((p) => {
    const news = 0.05 * p[4]!;
    return p.map((w, i) => (i === 4 ? news : (w * (1 - news)) / (1 - p[4]!)));
  });
  return { ...world, mixtures, losses: { loss: mixtures.map((p) => 3 - 2 * p[4]!) }, ...quick };
}

describe('what is recommended', () => {
  it('is never a proposal that the fit extrapolates to, however much it promises', () => {
    const found = propose({ ...unseenNews(), prior, maxEpochs: 1000 });
    const { recommended, extrapolation } = found;
    expect(extrapolation).toMatchObject({ outside: true, unseen: ['news'] });
    expect(recommended.gain!).toBeGreaterThan(recommended.noise!);
    expect(recommended.mixture).toBe('best-observed');
    const without = propose({ ...unseenNews() });
    expect(without.recommended.mixture).toBe('best-observed');
    expect(without.recommended.weights).toEqual(without.bestObservedWithinConstraints!.weights);
    expect(without.recommended.reason).toMatch(
      /gain of the proposal over the best measured mixture, 1\.\d+, is not relied on: .*news \d+%, of which no run had/,
    );
    expect(without.recommended.reason).toMatch(/lies far beyond every measured run \(loss -?\d/);
  });

  it('is natural where natural is what was measured best', () => {
    const world = knownWorld(domains, { loss: bowl(best) }, { runs: 40, noise: 0.03 });
    const mixtures = [...world.mixtures, [0.43, 0.27, 0.2, 0.1, 0]];
    const losses = { loss: [...world.losses.loss!, 1.9] };
    const natural = { web: 0.43, code: 0.27, books: 0.2, mail: 0.1, news: 0 };
    const { recommended, weights } = propose({ ...world, mixtures, losses, prior: natural, maxEpochs: 1e6, ...quick });
    expect(recommended).toMatchObject({ mixture: 'natural', weights: natural, comparedWith: 'natural' });
    expect(recommended.reason).toMatch(/the best measured mixture, which is the natural one/);
    expect(weights).not.toEqual(natural);
  });

  it('falls back on natural where the mixtures measured within the constraints are poor', () => {
    // Every run but one breaks the constraint, and that one is far from the optimum; natural is nearly there.
    const world = knownWorld(domains, { loss: bowl(best) }, { runs: 60, noise: 0.002 });
    const mixtures = [...world.mixtures.map((p) => p.map((w, i) => 0.8 * w + (i === 4 ? 0.2 : 0))), [0, 0, 0, 1, 0]];
    const losses = { loss: mixtures.map((p) => bowl(best).law(p)) };
    const natural = { web: 0.4, code: 0.3, books: 0.2, mail: 0.09, news: 0.01 };
    const asked = { ...world, mixtures, losses, prior: natural, maxEpochs: 100, caps: { news: 0.1 }, ...quick };
    const { recommended, bestObservedWithinConstraints } = propose(asked);
    expect(bestObservedWithinConstraints!.index).toBe(60);
    expect(recommended).toMatchObject({ mixture: 'natural', weights: natural });
    expect(recommended.reason).toMatch(/natural, which is predicted 1\.\d+ below the best measured mixture within/);
  });

  it('says so where the constraints leave no choice', () => {
    const world = knownWorld(domains, { loss: bowl(best) });
    const pinned = { web: 0.2, code: 0.2, books: 0.2, mail: 0.2, news: 0.2 };
    const found = propose({ ...world, ...quick, pinned, prior });
    expect(found.weights).toEqual(pinned);
    expect(found.recommended).toMatchObject({ mixture: 'proposal', gain: null, comparedWith: null });
    expect(found.recommended.reason).toMatch(/admit this mixture alone/);
    expect(found.tradeOff).toHaveLength(1);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });
});

describe('the sampled region', () => {
  const runs = [
    [0.5, 0.45, 0.05],
    [0.1, 0.85, 0.05],
    [0.9, 0.08, 0.02],
  ];
  it('ends where a domain has more than twice what any run gave it, near as the nearest run may be', () => {
    expect(locateInSamples([0.5, 0.41, 0.09], runs)).toMatchObject({ outside: false, unseen: [] });
    expect(locateInSamples([0.5, 0.38, 0.12], runs)).toMatchObject({
      outside: true,
      unseen: [{ domain: 2, most: 0.05 }],
    });
  });
});
