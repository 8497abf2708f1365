// 32 published runs on three domains at 410M parameters, step 60,000, and how well surrogates say those they have not
// seen.
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import { createRandom, sampleWithoutReplacement } from '#libs/simplex';
import type { Surrogate } from '../src/surrogate.js';

const file = new URL('../../../../shared/data/mixinglaws/3Mix_410M.csv', import.meta.url);
export const hasThreeDomainRuns = existsSync(file);
if (!hasThreeDomainRuns) console.warn('skipped: the three-domain runs are not in ../shared/data/mixinglaws');

const HELD = 8;

/** Mean absolute error in nats on 8 of the runs, fitted on the other 24; mean of `splits` seeded splits. */
export function heldOutError(surrogate: Surrogate, domain: string, splits: number): number {
  const records = parse(readFileSync(file), { columns: true }) as Record<string, string>[];
  const rows = records.filter((row) => row.step === '60000' && row.domain === domain);
  const mixtures = rows.map((row) => row.mixture!.split('-').map(Number));
  const losses = rows.map((row) => Number(row.loss));
  expect(rows).toHaveLength(32);
  let total = 0;
  for (let seed = 0; seed < splits; seed++) {
    const held = sampleWithoutReplacement(createRandom(seed), rows.length, HELD);
    const kept = rows.map((_, r) => r).filter((r) => !held.includes(r));
    const fitted = surrogate.fit(
      kept.map((r) => mixtures[r]!),
      kept.map((r) => losses[r]!),
    );
    const predicted = fitted.predict(held.map((r) => mixtures[r]!));
    held.forEach((r, i) => {
      total += Math.abs(predicted[i]! - losses[r]!);
    });
  }
  return total / HELD / splits;
}
