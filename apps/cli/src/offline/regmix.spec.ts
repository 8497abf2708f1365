// Public runs of RegMix, kept beside the repository where they may be read but not copied. What `auto` and the other
// surrogates reach on them is tested in libs/surrogates; here, that the command line carries it to the user.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scorePredictions } from '#libs/surrogates';
import { OfflineFolder } from '../../test/offline-runs.js';
import { runMain } from '../../test/run-main.js';

const regmix = resolve('../shared/data/regmix');
const present = existsSync(join(regmix, 'train_mixture_1m.csv'));
if (!present) console.warn(`skipping the command line's tests on RegMix's runs: ${regmix} is absent`);

let folder: OfflineFolder;
beforeEach(async () => {
  folder = await OfflineFolder.create();
});
afterEach(() => folder.remove());

describe.skipIf(!present)("on RegMix's 512 runs of 1M parameters", () => {
  const pileCc = 'metric/the_pile_pile_cc_val_loss';
  const file = (name: string) => join(regmix, name);
  const pair = ['--weights', file('train_mixture_1m.csv'), '--losses', file('train_pile_loss_1m.csv')];
  const one = [...pair, '--target', pileCc];

  async function readColumns(path: string): Promise<Map<string, Record<string, string>>> {
    const [header, ...lines] = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    return new Map(lines.map((cells) => [cells[0]!, Object.fromEntries(header!.map((name, i) => [name, cells[i]!]))]));
  }

  it.each([
    ['linear', 0.9, 0.91],
    ['gbdt', 0.985, 1],
  ])('%s ranks the 256 held-out mixtures as published, and its intervals hold them', async (model, least, most) => {
    const out = folder.at('p.csv');
    const predict = ['--predict', file('test_mixture_1m.csv'), '--out', out];
    const { code } = await runMain(['fit', ...one, '--model', model, ...predict, '--json']);
    expect(code).toBe(0);
    const truth = await readColumns(file('test_pile_loss_1m.csv'));
    const predicted = await readColumns(out);
    const rows = [...truth].map(([id, row]) => ({ ...predicted.get(id)!, loss: Number(row[pileCc]) }));
    const { spearman } = scorePredictions(
      rows.map((row) => Number((row as unknown as { mean: string }).mean)),
      rows.map(({ loss }) => loss),
    );
    expect(spearman).toBeGreaterThanOrEqual(least);
    expect(spearman).toBeLessThan(most);
    const bounds = rows as unknown as { lower90: string; upper90: string; loss: number }[];
    const inside = bounds.filter(({ lower90, upper90, loss }) => loss >= Number(lower90) && loss <= Number(upper90));
    expect(inside.length / rows.length).toBeGreaterThan(0.85);
    expect(inside.length / rows.length).toBeLessThan(0.95);
  });

  it('fits all 13 targets and prints them in lines of at most 100 columns', async () => {
    const { code, stdout } = await runMain(['fit', ...pair, '--targets', 'all', '--model', 'linear']);
    expect(code).toBe(0);
    expect(stdout.match(/^…\w+… +512 /gm)).toHaveLength(13);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('caps Enron mail, for which a straight line would otherwise ask', async () => {
    const prior = ['--prior', file('pile_token_prior.json'), '--model', 'linear'];
    const capped = JSON.parse((await runMain(['propose', ...one, ...prior, '--json'])).stdout);
    expect(capped.constraints.caps.train_the_pile_enron_emails).toBeCloseTo(4 * 0.00175077, 6);
    expect(capped.weights.train_the_pile_enron_emails).toBeLessThan(0.00701);
    expect(capped.weights.train_the_pile_pile_cc).toBeGreaterThan(0.45);
    expect(capped.predictedObjective.mean).toBeLessThan(capped.baselines.natural.objective.mean);
    expect(capped.provenance.renormalised).toBe(303);
    const free = JSON.parse((await runMain(['propose', ...one, ...prior, '--max-epochs', '1000', '--json'])).stdout);
    expect(free.weights.train_the_pile_enron_emails).toBeGreaterThan(0.4);
  });
});
