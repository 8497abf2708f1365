import { describe, expect, it } from 'vitest';
import { canonicalProposal, type ExportedDomain, type ExportedPhase, exportProposal } from '#libs/training-configs';
import { formatPercent } from './percent.js';
import { describeShares } from './shares-text.js';

const domain = (patch: Partial<ExportedDomain>): ExportedDomain => ({
  domain: 'web',
  key: 'web',
  weight: 0.5,
  amount: '0.5',
  epochs: null,
  epochsOfRun: null,
  availableTokens: null,
  trainingTokens: null,
  realised: null,
  standardError: null,
  ...patch,
});
const phase = (domains: ExportedDomain[], patch: Partial<ExportedPhase> = {}): ExportedPhase => ({
  name: 'all',
  start: 0,
  tokens: null,
  domains,
  dropped: [],
  sampler: 'some rule',
  draws: 10_000,
  remarks: [],
  ...patch,
});

describe('describeShares', () => {
  it('marks what misses its target by more than 5 % and more than chance', () => {
    const text = describeShares({
      phases: [
        phase([
          domain({ domain: 'right', weight: 0.6, realised: 0.61 }),
          domain({ domain: 'lost', weight: 0.01, realised: 0 }),
          domain({ domain: 'chance', weight: 0.01, realised: 0.0115, standardError: 0.001 }),
          domain({ domain: 'doubled', weight: 0.2, realised: 0.4 }),
        ]),
      ],
    });
    expect(text).toMatch(/lost +1\.00 % +0\.00 % +−100 %\n/);
    expect(text).toMatch(/doubled +20\.00 % +40\.00 % +\+100 %\n/);
    expect(text).toMatch(/right +60\.00 % +61\.00 %\n/);
    expect(text).toMatch(/chance +1\.00 % +1\.15 ± 0\.10 %$/);
  });

  it('shows of 300 domains the largest and those off target, and says what the rest are', () => {
    const many = Array.from({ length: 300 }, (_, i) => domain({ domain: `d${i}`, weight: 1 / 300, realised: 1 / 300 }));
    many[7] = domain({ domain: 'lost', weight: 0.002, realised: 0 });
    const lines = describeShares({ phases: [phase(many)] }).split('\n');
    expect(lines.length).toBeLessThan(20);
    expect(lines.join('\n')).toMatch(/lost +0\.20 % +0\.00 % +−100 %/);
    expect(lines.at(-1)).toBe('and 291 more domains with 97.00 % together');
    const all = many.map((each) => ({ ...each, realised: 0 }));
    expect(describeShares({ phases: [phase(all)] })).toContain('292 of them off target: --json lists all');
  });

  it('shows no column of what is not known', () => {
    const { phases } = exportProposal(canonicalProposal({ weights: { web: 0.5, code: 0.5 } }), 'json');
    expect(describeShares({ phases })).toMatch(/domain +target +realised\n/);
    expect(describeShares({ phases: [phase([domain({})], { sampler: null, draws: null })] })).toBe(
      'Shares of the training tokens:\n\ndomain   target\n──────  ───────\nweb     50.00 %',
    );
  });
});

describe('formatPercent', () => {
  it('keeps small shares readable', () => {
    expect([1, 0.12345, 0.001, 0.000123, 0].map(formatPercent)).toEqual([
      '100.00 %',
      '12.35 %',
      '0.10 %',
      '0.012 %',
      '0.00 %',
    ]);
  });
});
