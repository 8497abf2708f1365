import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeRouting } from './index.js';

const path = new URL('../../../../shared/data/olmoe-routing/expert_counts.csv', import.meta.url);
const present = existsSync(path);
if (!present) console.warn(`skipped: ${path.pathname} is absent, so published router counts are not checked`);

/** Over arxiv, book, c4, github and wikipedia: computed once with numpy from the same counts. */
const published = [
  { model: 'olmoe', slot: 0, bits: 0.1674, entropy: 0.9876, violation: 1.098 },
  { model: 'olmoe', slot: 1, bits: 0.4005, entropy: 0.9751, violation: 1.751 },
  { model: 'olmoe', slot: 2, bits: 0.5012, entropy: 0.9715, violation: 1.727 },
  { model: 'mistral', slot: 0, bits: 0.0031, entropy: 0.998, violation: 0.183 },
  { model: 'mistral', slot: 1, bits: 0.0037, entropy: 0.9996, violation: 0.07 },
  { model: 'mistral', slot: 2, bits: 0.009, entropy: 0.9923, violation: 0.149 },
];

describe.skipIf(!present)('routing measures on published router counts', () => {
  it.each(published)('of $model, layer slot $slot', ({ model, slot, bits, entropy, violation }) => {
    const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    const byDomain = new Map<string, number[]>();
    for (const row of rows) {
      const [name, kind, domain, layer, expert, count] = row.split(',');
      if (name !== model || kind !== 'expert_counts' || Number(layer) !== slot || domain === 'tulu') continue;
      const load = byDomain.get(domain!) ?? new Array<number>(model === 'olmoe' ? 64 : 8).fill(0);
      load[Number(expert)] = Number(count);
      byDomain.set(domain!, load);
    }
    expect(byDomain.size).toBe(5);
    const [routing] = describeRouting([...byDomain.values()].map((load) => ({ layer: slot, load })));
    expect(routing!.mutualInformationBits).toBeCloseTo(bits, 4);
    expect(routing!.entropy).toBeCloseTo(entropy, 4);
    expect(routing!.maximumViolation).toBeCloseTo(violation, 3);
  });
});
