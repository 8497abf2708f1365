import { type ImportSettings, importSettingsSchema } from '#libs/contracts';
import { importSweep as importRuns } from '../src/import-sweep.js';
import type { ServiceInMemory } from './service-in-memory.js';

export const importSettings = (settings: object = {}): ImportSettings => importSettingsSchema.parse(settings);

/** Ten runs of two domains; the fourth has no score. */
export function importSweep(
  s: ServiceInMemory,
  settings = importSettings(),
  first: { loss?: number; score?: number } = {},
) {
  const shares = Array.from({ length: 10 }, (_, r) => (r + 0.5) / 10);
  return importRuns(s.context, {
    runs: {
      domains: ['web', 'code'],
      mixtures: shares.map((web) => [web, 1 - web]),
      losses: {
        loss: shares.map((web, r) => (r === 0 && first.loss !== undefined ? first.loss : 3 - web)),
        score: shares.map((web, r) =>
          r === 3 ? Number.NaN : r === 0 && first.score !== undefined ? first.score : web,
        ),
      },
      unmeasured: { score: [3] },
      ids: shares.map((_, r) => `run ${r}`),
      notes: [],
    },
    settings,
    requestHash: 'h',
  });
}
