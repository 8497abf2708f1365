import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { spearman } from '#libs/surrogates';
import { fitScaleLaw } from './fit-scale-law.js';
import { heldOutError, holdOutScaleLaw } from './hold-out-scale-law.js';
import { fitNestedLaw, type TargetRows } from './nested-law.js';
import { bootstrapScaleLaw } from './scale-law-interval.js';
import type { ScaleRows } from './scale-rows.js';
import { compareFidelities } from './scale-signal.js';
import { fitTwoDomainLaw } from './two-domain-law.js';

const folder = new URL('../../../../shared/data/', import.meta.url);
const present = existsSync(folder);
if (!present) console.warn('skipped: the published runs are not in ../shared/data');

function table(path: string): Record<string, string>[] {
  const [header, ...lines] = readFileSync(new URL(path, folder), 'utf8').trim().split(/\r?\n/);
  const names = header!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, c) => [names[c]!, cell])));
}

describe.skipIf(!present)('on published runs (needs ../shared/data)', () => {
  it.each([
    ['70M', 'Github', 0, -1.6401, -0.6822],
    ['70M', 'Pile-CC', 1, -2.51, -0.629],
    ['160M', 'Github', 0, -1.607, -0.779],
    ['160M', 'Pile-CC', 1, -2.748, -0.604],
  ] as const)(
    '2Mix %s %s: the two-domain slope and intercept at 30k steps agree to 0.01',
    (size, domain, at, slope, intercept) => {
      const rows = table(`mixinglaws/2Mix_${size}.csv`).filter((row) => row.step === '30000' && row.domain === domain);
      const law = fitTwoDomainLaw(
        rows.map((row) => Number(row.mixture!.split('-')[at])),
        rows.map((row) => Number(row.loss)),
      );
      expect(Math.abs(law.slope - slope)).toBeLessThan(0.01);
      expect(Math.abs(law.intercept - intercept)).toBeLessThan(0.01);
      expect(Math.abs(law.correlation)).toBeGreaterThan(0.999);
    },
  );

  describe('SlimPajama: 122M and 310M predict 680M', () => {
    const read = (target: string, keep: (size: number, tokens: number) => boolean): ScaleRows => {
      const place = new Map<string, number>();
      const mixtures: number[][] = [];
      const list = table('slimpajama-scaling/losses_to_680M.csv').flatMap((row) => {
        const [size, tokens, loss] = [Number(row.model_size), Number(row.n_tokens), Number(row[target])];
        if (row[target] === '' || !keep(size, tokens)) return [];
        const weights = Object.entries(row).flatMap(([name, cell]) =>
          name.startsWith('weight_') ? [Number(cell)] : [],
        );
        const key = weights.map((w) => w.toFixed(9)).join();
        if (!place.has(key)) {
          place.set(key, mixtures.length);
          mixtures.push(weights);
        }
        return [{ u: place.get(key)!, size, tokens, loss }];
      });
      return {
        mixtures,
        mixtureOf: list.map(({ u }) => u),
        sizes: list.map(({ size }) => size),
        tokens: list.map(({ tokens }) => tokens),
        losses: list.map(({ loss }) => loss),
      };
    };
    // The recipe (log residuals, δ 0.001, losses from a quarter of a run on) was fixed on the two smaller sizes.
    it.each([
      ['additive', ['arxiv_loss', 'c4_loss', 'github_loss']],
      ['joint', ['arxiv_loss', 'c4_loss']],
    ] as const)('%s: mean relative error of at most 1.5% (%j)', (form, targets) => {
      const errors = targets.map((target) => {
        const fit = fitScaleLaw(
          read(target, (size, tokens) => size < 4e8 && tokens >= 5e9),
          { form, starts: 1 },
        );
        // Scored from the same training length on: the law is not meant for warm-up.
        const test = read(target, (size, tokens) => size > 4e8 && tokens >= 5e9);
        const relative = Array.from(test.losses, (loss, r) => {
          const h = test.mixtures[Number(test.mixtureOf[r])]!;
          return Math.abs(fit.predict([h], test.sizes[r]!, test.tokens[r]!)[0]! / loss - 1);
        });
        return relative.reduce((sum, e) => sum + e, 0) / relative.length;
      });
      expect(errors.reduce((sum, e) => sum + e, 0) / errors.length).toBeLessThan(0.015);
    });

    it('covers most of the 680M losses with 90% intervals', () => {
      const rows = read('arxiv_loss', (size, tokens) => size < 4e8 && tokens >= 5e9);
      const options = { form: 'additive', starts: 2 } as const;
      const laws = bootstrapScaleLaw(rows, fitScaleLaw(rows, options), options, 15);
      const heldOut = holdOutScaleLaw(rows, options);
      const test = read('arxiv_loss', (size, tokens) => size > 4e8 && tokens >= 5e9);
      let inside = 0;
      for (let r = 0; r < test.losses.length; r++) {
        const [size, tokens, h] = [test.sizes[r]!, test.tokens[r]!, test.mixtures[Number(test.mixtureOf[r])]!];
        const { lower90, upper90 } = laws.predict([h], size, tokens, heldOutError(rows, heldOut, size, tokens))[0]!;
        if (test.losses[r]! >= lower90 && test.losses[r]! <= upper90) inside++;
      }
      expect(inside / test.losses.length).toBeGreaterThan(0.8);
    });
  });

  it('RedPajama: 70M, 160M and 305M predict 410M far better than 305M itself, and rank it as well', () => {
    const sizes = { '70M': 18.9e6, '160M': 85.1e6, '305M': 201.5e6, '410M': 302.3e6 };
    const all = Object.entries(sizes).flatMap(([name, size]) =>
      table(`mixinglaws/RedPajama_${name}.csv`).flatMap((row) => (row.step === '30000' ? [{ ...row, size }] : [])),
    ) as (Record<'mixture' | 'domain' | 'loss', string> & { size: number })[];
    const shared = [...new Set(all.filter(({ size }) => size === sizes['410M']).map(({ mixture }) => mixture))];
    const targets = [...new Set(all.map(({ domain }) => domain))];
    const used = all.filter(({ mixture }) => shared.includes(mixture));
    const small = used.filter(({ size }) => size < sizes['410M']);
    const rows: TargetRows = {
      mixtures: shared.map((label) => label.split('-').map(Number)),
      mixtureOf: small.map(({ mixture }) => shared.indexOf(mixture)),
      sizes: small.map(({ size }) => size),
      tokens: small.map(() => 30000),
      losses: small.map(({ loss }) => Number(loss)),
      targets,
      targetOf: small.map(({ domain }) => targets.indexOf(domain)),
    };
    const law = fitNestedLaw(rows, { size: sizes['410M'], tokens: 30000 });
    const lossAt = new Map(used.map((row) => [`${row.size} ${row.mixture} ${row.domain}`, Number(row.loss)]));
    const score = (predict: (u: number, v: number) => number) => {
      let mae = 0;
      let rho = 0;
      targets.forEach((domain, v) => {
        const truth = shared.map((mixture) => lossAt.get(`${sizes['410M']} ${mixture} ${domain}`)!);
        const predicted = shared.map((_, u) => predict(u, v));
        rho += spearman(predicted, truth)! / targets.length;
        predicted.forEach((p, u) => {
          mae += Math.abs(p - truth[u]!) / (targets.length * shared.length);
        });
      });
      return { mae, rho };
    };
    const nested = score((u, v) => law.losses[u * targets.length + v]!);
    const baseline = score((u, v) => lossAt.get(`${sizes['305M']} ${shared[u]} ${targets[v]}`)!);
    expect(nested.mae).toBeLessThan(0.2 * baseline.mae);
    expect(nested.rho).toBeGreaterThan(baseline.rho - 0.002);
  });

  it('ADMIRE: out-of-domain scores have no signal across sizes, the overall ones have', () => {
    const rows = table('admire-bayesopt/admire_ift_runs.csv');
    const key = (row: Record<string, string>) =>
      Object.entries(row)
        .flatMap(([name, cell]) => (name.startsWith('ratio_') ? [cell] : []))
        .join();
    const compare = (small: string, large: string, target: string) => {
      const at = (model: string) =>
        new Map(rows.filter((row) => row.model!.includes(model)).map((row) => [key(row), Number(row[target])]));
      const [a, b] = [at(small), at(large)];
      const keys = [...a.keys()].filter((k) => b.has(k));
      return compareFidelities(
        keys.map((k) => a.get(k)!),
        keys.map((k) => b.get(k)!),
      );
    };
    expect(compare('0.5B', '7B', 'metric_avg_ood')).toMatchObject({ verdict: 'absent', shared: 76 });
    expect(compare('0.5B', '7B', 'metric_avg_ood').spearman).toBeCloseTo(-0.061, 3);
    expect(compare('3B', '7B', 'metric_avg_ood').spearman).toBeCloseTo(0.096, 3);
    expect(compare('3B', '7B', 'metric_avg_ood').verdict).toBe('absent');
    expect(compare('0.5B', '7B', 'metric_avg_id+ood')).toMatchObject({ verdict: 'present' });
    expect(compare('0.5B', '7B', 'metric_avg_id+ood').spearman).toBeCloseTo(0.549, 3);
  });
});
