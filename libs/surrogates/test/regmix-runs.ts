// RegMix's published runs on 17 domains of the Pile: 512 at 1M parameters to fit on, 256 to judge on at 1M and at 60M.
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { normaliseWeights } from '#libs/simplex';

const folder = new URL('../../../../shared/data/regmix/', import.meta.url);
export const hasRegmixRuns = existsSync(folder);
if (!hasRegmixRuns) console.warn('skipped: RegMix’s published runs are not in ../shared/data/regmix');

export interface Runs {
  readonly mixtures: number[][];
  /** On Pile-CC, in nats. */
  readonly losses: number[];
}

export function regmixRuns(part: 'train' | 'test', scale: '1m' | '60m'): Runs {
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
