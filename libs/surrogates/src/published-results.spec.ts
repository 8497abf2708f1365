// Fitted on RegMix's 512 published runs at 1M parameters, judged on its 256 test mixtures at 1M and at 60M.
import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { hasRegmixRuns, type Runs, regmixRuns } from '../test/regmix-runs.js';
import { fitTarget } from './fit-target.js';
import { surrogatesFor } from './registry.js';
import { scorePredictions } from './scores.js';
import { spearman } from './spearman.js';

/** `size` runs drawn at random, and the others. */
function draw({ mixtures, losses }: Runs, size: number, seed: number): { drawn: Runs; others: Runs } {
  const random = createRandom(seed);
  const order = mixtures.map((_, r) => ({ r, key: random.uniform() })).sort((a, b) => a.key - b.key);
  const pick = (some: typeof order): Runs => ({
    mixtures: some.map(({ r }) => mixtures[r]!),
    losses: some.map(({ r }) => losses[r]!),
  });
  return { drawn: pick(order.slice(0, size)), others: pick(order.slice(size)) };
}

describe.skipIf(!hasRegmixRuns)('RegMix, Pile-CC', () => {
  const [train, small, large] = hasRegmixRuns
    ? [regmixRuns('train', '1m'), regmixRuns('test', '1m'), regmixRuns('test', '60m')]
    : [];

  it.each([
    ['linear', 0.901, 0.892],
    ['log-linear', 0.962, 0.957],
    ['gbdt', 0.989, 0.985],
    ['gp', 0.994, 0.99],
    ['auto', 0.994, 0.989],
  ])('%s ranks unseen mixtures at 1M by %d and at 60M by %d or better', (model, at1M, at60M) => {
    const fitted = fitTarget(train!.mixtures, train!.losses, { seed: 42, model });
    const [here, larger] = [fitted.predict(small!.mixtures), fitted.predict(large!.mixtures)];
    expect(spearman(here.mean, small!.losses)!).toBeGreaterThanOrEqual(at1M);
    expect(spearman(larger.mean, large!.losses)!).toBeGreaterThanOrEqual(at60M);
    const covered = small!.losses.filter((y, r) => y >= here.lower90![r]! && y <= here.upper90![r]!).length / 256;
    expect(covered).toBeGreaterThanOrEqual(0.85);
    expect(covered).toBeLessThanOrEqual(0.95);
  });

  it.each([
    [128, 0.988, 0.984],
    [64, 0.98, 0.975],
  ])('auto with %d runs ranks by %d and %d or better, mean of five subsets', (size, at1M, at60M) => {
    let [here, larger] = [0, 0];
    for (let seed = 0; seed < 5; seed++) {
      const { drawn } = draw(train!, size, seed);
      const fitted = fitTarget(drawn.mixtures, drawn.losses, { seed: 42 });
      here += spearman(fitted.predict(small!.mixtures).mean, small!.losses)! / 5;
      larger += spearman(fitted.predict(large!.mixtures).mean, large!.losses)! / 5;
    }
    expect(here).toBeGreaterThanOrEqual(at1M);
    expect(larger).toBeGreaterThanOrEqual(at60M);
  });

  it('auto with 24 runs predicts others about as well as whichever of its members turns out best', () => {
    let logRatio = 0;
    for (let seed = 0; seed < 5; seed++) {
      const { drawn, others } = draw(train!, 24, seed);
      const error = (model: string) =>
        scorePredictions(
          fitTarget(drawn.mixtures, drawn.losses, { seed: 42, model }).predict(others.mixtures).mean,
          others.losses,
        ).rmse;
      const best = Math.min(...surrogatesFor('auto').map(({ name }) => error(name)));
      logRatio += Math.log(error('auto') / best) / 5;
    }
    expect(Math.exp(logRatio)).toBeLessThanOrEqual(1.05);
  });
});
