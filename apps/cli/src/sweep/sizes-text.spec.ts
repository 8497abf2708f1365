import { describe, expect, it } from 'vitest';
import type { FidelityProgress, RankTransfer } from '#libs/contracts';
import { describeSizes } from './sizes-text.js';

const runs = (more: Partial<FidelityProgress['runs']>): FidelityProgress['runs'] => ({
  waiting: 0,
  queued: 0,
  running: 0,
  succeeded: 0,
  censored: 0,
  diverged: 0,
  failed: 0,
  cancelled: 0,
  ...more,
});
const fidelities: FidelityProgress[] = [
  { name: 'small', runs: runs({ succeeded: 40, censored: 20, diverged: 1, failed: 3 }) },
  { name: '1M', runs: runs({ succeeded: 9, waiting: 7 }) },
];
const unknown = { spearman: null, lower90: null, upper90: null };
const transfer: RankTransfer = {
  fidelity: '1M',
  from: 'small',
  mixtures: 9,
  objective: { spearman: 0.9333, lower90: 0.7777, upper90: 0.9811 },
  targets: { web: { spearman: -0.25, lower90: -0.7, upper90: 0.4 }, code: unknown },
  statement: 'The order of mixtures at small holds at 1M.',
};

describe('describeSizes', () => {
  it('shows how far each size has come, and the order of mixtures target by target', () => {
    const text = describeSizes(fidelities, ['web', 'code'], [transfer]);
    expect(text).toMatch(/small +64 +40 +20 +4\n/);
    expect(text).toMatch(/1M +16 +9 +0 +0\n/);
    expect(text).toContain('The order of mixtures at small holds at 1M.');
    expect(text).toContain('Rank correlation of losses with those at small');
    expect(text).toMatch(/objective +0\.93 \(0\.78 to 0\.98\)/);
    expect(text).toMatch(/web +-0\.25 \(-0\.70 to 0\.40\)/);
    expect(text).toMatch(/code +–$/);
  });

  it('shows no table of correlations while there are too few pairs', () => {
    const early = { ...transfer, mixtures: 3, objective: unknown, statement: 'Not known yet.' };
    const text = describeSizes(fidelities, ['web', 'code'], [early]);
    expect(text).toContain('Not known yet.');
    expect(text).not.toContain('Rank correlation');
  });
});
