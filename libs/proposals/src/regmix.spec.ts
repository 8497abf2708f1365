import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { normaliseWeights } from '#libs/simplex';
import { type FittedTargets, fitTargets } from '#libs/surrogates';
import { propose } from './propose.js';

const folder = new URL('../../../../shared/data/regmix/', import.meta.url);
/** Half of them, so that the fits take half the time. */
const RUNS = 256;
const short = (name: string) => name.replace('train_the_pile_', '');

function readCsv(name: string): { columns: string[]; rows: number[][] } {
  const [head, ...lines] = readFileSync(new URL(name, folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return { columns: head!.slice(1), rows: lines.map((line) => line.slice(1).map(Number)) };
}

describe.skipIf(!existsSync(folder))("proposals on 256 of RegMix's runs at 1M (needs ../shared/data/regmix)", () => {
  let domains: string[];
  let mixtures: number[][];
  let losses: { cc: number[] };
  let prior: Record<string, number>;
  const fits: Record<string, FittedTargets> = {};

  beforeAll(() => {
    const train = readCsv('train_mixture_1m.csv');
    const measured = readCsv('train_pile_loss_1m.csv');
    domains = train.columns.map(short);
    mixtures = train.rows.slice(0, RUNS).map((row) => normaliseWeights(domains, row).weights);
    const column = measured.columns.indexOf('metric/the_pile_pile_cc_val_loss');
    losses = { cc: measured.rows.slice(0, RUNS).map((row) => row[column]!) };
    const shares = JSON.parse(readFileSync(new URL('pile_token_prior.json', folder), 'utf8')) as Record<string, number>;
    prior = Object.fromEntries(Object.entries(shares).map(([name, share]) => [short(name), share]));
    for (const model of ['linear', 'log-linear', 'gp']) {
      fits[model] = fitTargets(mixtures, losses, { model, seed: 42 }).fits;
    }
  });

  it.each(['linear', 'log-linear', 'gp'])(
    'give Pile-CC most of the weight and Enron no more than its text (%s)',
    (model) => {
      const found = propose({ domains, mixtures, losses, fits: fits[model]!, model, prior, seed: 42, samples: 6000 });
      expect(found.weights.enron_emails!).toBeLessThan(4 * prior.enron_emails! + 1e-9);
      if (model !== 'linear') expect(found.weights.pile_cc!).toBeGreaterThan(0.6);
      expect(found.predictedObjective.mean).toBeLessThan(found.baselines.natural.objective.mean);
      expect(found.worst!.objective.mean).toBeGreaterThan(found.baselines.natural.objective.mean);
      expect(found.provenance.optimiser.used).toBe(model === 'log-linear' ? 'exact' : 'gradient');
    },
  );

  it('come as near to the exact optimum by gradients as makes no difference', () => {
    const asked = { domains, mixtures, losses, fits: fits['log-linear']!, model: 'log-linear', prior, samples: 3000 };
    const reached = (optimiser: 'exact' | 'gradient') =>
      propose({ ...asked, optimiser }).provenance.optimiser.candidates.at(-1)!.penalisedObjective;
    const exact = reached('exact');
    expect(reached('gradient') - exact).toBeGreaterThan(-1e-8);
    expect(reached('gradient') - exact).toBeLessThan(1e-3);
  });

  it('without caps let a straight line pour the corpus into Enron, which is why there are caps', () => {
    const found = propose({ domains, mixtures, losses, fits: fits.linear!, model: 'linear', seed: 42, samples: 6000 });
    expect(found.weights.enron_emails!).toBeGreaterThan(0.5);
    expect(found.notes.join()).toMatch(/nothing caps/);
  });

  it("follow RegMix's own optimiser near its published optimum: Pile-CC about 0.9", () => {
    const asked = { domains, mixtures, losses, fits: fits.gp!, model: 'gp', seed: 42 };
    const found = propose({ ...asked, optimiser: 'simulate', strengths: [1], samples: 30_000, top: 38 });
    expect(found.weights.pile_cc!).toBeGreaterThan(0.8);
    expect(found.provenance).toMatchObject({ method: 'simulate-and-average', strength: 1 });
  });
});
