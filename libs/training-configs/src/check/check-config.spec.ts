import { describe, expect, it } from 'vitest';
import type { CanonicalDomain } from '../proposal/canonical-proposal.js';
import { checkConfig } from './check-config.js';

const corpus: CanonicalDomain[] = [
  { domain: 'web', tokens: 1000, documents: 10, locations: { megatron: '/data/web' } },
  { domain: 'code', tokens: 500, documents: 50, locations: { megatron: '/data/code' } },
];
const blend = (content: string) => ({ path: 'blend.txt', content });
const check = (content: string, ...rest: [domains?: CanonicalDomain[], options?: Record<string, string | number>]) =>
  checkConfig('megatron', blend(content), ...rest);

describe('checkConfig', () => {
  it('tells what the trainer would read, draw and repeat', () => {
    const report = check('6 /data/web\n2 /data/code\n', corpus, { targetTokens: 2000, draws: 100 });
    expect(report).toMatchObject({ format: 'megatron', unit: 'sequences', usable: true, path: 'blend.txt' });
    expect(report.phases).toEqual([
      {
        name: null,
        start: 0,
        sampler: 'greedy blend',
        draws: 100,
        remarks: [],
        sources: [
          { key: '/data/web', domain: 'web', amount: 6, share: 0.75, tokenShare: 0.75, realised: 0.75, epochs: 1.5 },
          { key: '/data/code', domain: 'code', amount: 2, share: 0.25, tokenShare: 0.25, realised: 0.25, epochs: 1 },
        ],
      },
    ]);
  });

  it('needs no corpus, and claims nothing about domains without one', () => {
    const [phase] = check('0.5 /data/web 0.5 /data/code').phases;
    expect(phase!.sources.map(({ domain, share, tokenShare, epochs }) => [domain, share, tokenShare, epochs])).toEqual([
      [null, 0.5, 0.5, null],
      [null, 0.5, 0.5, null],
    ]);
  });

  it('says what is not in the corpus', () => {
    const report = check('0.5 /data/web 0.5 /elsewhere', corpus);
    expect(report.findings).toEqual([{ level: 'note', where: 'weights', message: 'not in the corpus: "/elsewhere"' }]);
    expect(report.usable).toBe(true);
  });

  it('takes a location from the option, and a name for itself', () => {
    const sources = check('0.5 /lake/web_x 0.5 code', [{ domain: 'web' }, { domain: 'code' }], {
      location: '/lake/{domain}_x',
    }).phases[0]!.sources;
    expect(sources.map(({ domain }) => domain)).toEqual(['web', 'code']);
  });

  it('reports the trap that the trainer falls into in silence, without claiming shares', () => {
    const report = check('0.7 /my dir 0.3 /b', corpus);
    expect(report.usable).toBe(false);
    expect(report.findings[0]).toMatchObject({ level: 'error' });
    expect(report.phases[0]!.sources.every(({ share, realised }) => share === null && realised === null)).toBe(true);
    expect(report.phases[0]!.sampler).toBeNull();
  });

  it('is not satisfied with a file that holds no weights', () => {
    expect(checkConfig('csv', { path: 'm.csv', content: '' })).toMatchObject({ usable: false, phases: [] });
  });

  it('gives shares of the tokens only where the unit can be inverted, in every phase', () => {
    const phases = [
      { name: 'one', start: 0, weights: { web: 1 } },
      { name: 'two', start: 0.5, weights: { web: 0.5, code: 0.5 } },
    ];
    const report = checkConfig('json', { path: 'm.json', content: JSON.stringify({ phases }) }, corpus, {
      targetTokens: 100,
    });
    expect(report.phases.map(({ name, start }) => [name, start])).toEqual([
      ['one', 0],
      ['two', 0.5],
    ]);
    // How long each phase lasts is not known from a count in steps.
    expect(report.phases[1]!.sources.map(({ tokenShare, epochs }) => [tokenShare, epochs])).toEqual([
      [0.5, null],
      [0.5, null],
    ]);
  });

  it('refuses a format or an option that there is not', () => {
    expect(() => checkConfig('megatrn', blend(''))).toThrow('there is no format "megatrn"');
    expect(() => check('', [], { prefix: 'x' })).toThrow('no option "prefix"');
  });
});
