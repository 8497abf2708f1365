import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { createRandom, sampleWithoutReplacement } from '#libs/simplex';
import { autoscale } from '../autoscale/autoscale.js';
import { bimix } from '../bimix/bimix.js';
import { capacityAllocation } from '../capacity-allocation/capacity-allocation.js';
import { logLinear } from '../log-linear/log-linear.js';
import { rootLogLinear } from '../log-linear/root-log-linear.js';
import { mixingLawProduct } from '../mixing-law/mixing-law-product.js';
import { linear } from '../ridge.js';
import type { Surrogate } from '../surrogate.js';

const file = new URL('../../../../../shared/data/mixinglaws/3Mix_410M.csv', import.meta.url);
const present = existsSync(file);
if (!present) console.warn('skipped: the three-domain runs are not in ../shared/data/mixinglaws');

describe.skipIf(!present)('on 24 of 32 published three-domain runs', () => {
  const records = present ? (parse(readFileSync(file), { columns: true }) as Record<string, string>[]) : [];

  /** Mean absolute error on the eight runs left out, mean of five seeded splits. */
  function heldOutError(surrogate: Surrogate, domain: string): number {
    const rows = records.filter((row) => row.step === '60000' && row.domain === domain);
    const mixtures = rows.map((row) => row.mixture!.split('-').map(Number));
    const losses = rows.map((row) => Number(row.loss));
    let total = 0;
    for (let seed = 0; seed < 5; seed++) {
      const held = sampleWithoutReplacement(createRandom(seed), rows.length, 8);
      const kept = rows.map((_, r) => r).filter((r) => !held.includes(r));
      const fitted = surrogate.fit(
        kept.map((r) => mixtures[r]!),
        kept.map((r) => losses[r]!),
      );
      const predicted = fitted.predict(held.map((r) => mixtures[r]!));
      held.forEach((r, i) => {
        total += Math.abs(predicted[i]! - losses[r]!) / 40;
      });
    }
    return total;
  }

  it.each([
    { surrogate: logLinear, share: 0.6 },
    { surrogate: rootLogLinear, share: 0.3 },
    { surrogate: mixingLawProduct, share: 0.3 },
    { surrogate: bimix, share: 0.7 },
    { surrogate: autoscale, share: 0.4 },
    { surrogate: capacityAllocation, share: 0.7 },
  ])('$surrogate.name leaves at most $share of the error of a straight line', ({ surrogate, share }) => {
    for (const domain of ['Books3', 'Pile-CC']) {
      expect(heldOutError(surrogate, domain)).toBeLessThan(share * heldOutError(linear, domain));
    }
  });
});
