// Fitted on RegMix's 512 published runs at 1M parameters, judged on its 256 test mixtures at 1M and at 60M.
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { createRandom, normaliseWeights } from '#libs/simplex';
import { fitTarget } from './fit-target.js';
import { spearman } from './spearman.js';

const folder = new URL('../../../../shared/data/regmix/', import.meta.url);
const present = existsSync(folder);
if (!present) console.warn('skipped: RegMix’s published runs are not in ../shared/data/regmix');

interface Runs {
  readonly mixtures: number[][];
  readonly losses: number[];
}

function read(part: 'train' | 'test', scale: '1m' | '60m'): Runs {
  const rows = (name: string) =>
    parse(readFileSync(new URL(name, folder)), { columns: true }) as Record<string, string>[];
  const measured = new Map(rows(`${part}_pile_loss_${scale}.csv`).map((row) => [row.index, row]));
  const mixtures: number[][] = [];
  const losses: number[] = [];
  for (const { index, ...weights } of rows(`${part}_mixture_${scale}.csv`)) {
    mixtures.push(normaliseWeights(Object.keys(weights), Object.values(weights).map(Number)).weights);
    losses.push(Number(measured.get(index)!['metric/the_pile_pile_cc_val_loss']));
  }
  return { mixtures, losses };
}

function subset({ mixtures, losses }: Runs, size: number, seed: number): Runs {
  const random = createRandom(seed);
  const order = mixtures.map((_, r) => ({ r, key: random.uniform() })).sort((a, b) => a.key - b.key);
  const kept = order.slice(0, size).map(({ r }) => r);
  return { mixtures: kept.map((r) => mixtures[r]!), losses: kept.map((r) => losses[r]!) };
}

describe.skipIf(!present)('RegMix, Pile-CC', () => {
  const [train, small, large] = present ? [read('train', '1m'), read('test', '1m'), read('test', '60m')] : [];

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
      const { mixtures, losses } = subset(train!, size, seed);
      const fitted = fitTarget(mixtures, losses, { seed: 42 });
      here += spearman(fitted.predict(small!.mixtures).mean, small!.losses)! / 5;
      larger += spearman(fitted.predict(large!.mixtures).mean, large!.losses)! / 5;
    }
    expect(here).toBeGreaterThanOrEqual(at1M);
    expect(larger).toBeGreaterThanOrEqual(at60M);
  });
});
