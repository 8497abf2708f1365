import { describe, expect, it } from 'vitest';
import { boundsOf } from './bounds.js';
import type { SweepContext } from './context.js';
import { designWithin } from './design-within.js';
import type { CorpusRecord } from './ports/records.js';
import { designMixtures } from './strategies/index.js';

const names = ['web', 'code', 'books', 'wiki'];
const licences = ['odc-by', undefined, 'Proprietary', 'cc-by-sa'];
const corpus: CorpusRecord = {
  id: 'cor_1',
  name: 'toy',
  version: 1,
  contentHash: 'h',
  createdAt: new Date(0),
  domains: names.map((name, i) => ({ name, source: name, tokens: 1e9, ...(licences[i] && { licence: licences[i] }) })),
};
const context = { design: async (task) => designMixtures(task) } as Pick<SweepContext, 'design'> as SweepContext;
const strategy = {
  name: 'regmix',
  runs: 40,
  temperature: 0.5,
  minStrength: 0.1,
  maxStrength: 5,
  strengths: 15,
  maximumUsage: 15,
  minimumWeight: 2e-4,
} as const;
const task = { strategy, domains: names, prior: [0.25, 0.25, 0.25, 0.25], seed: 1 };

describe('a design within constraints', () => {
  it('keeps minimums, maximums, pinned weights and excluded licences, and sums to 1', async () => {
    const bounds = await boundsOf(
      {
        maxEpochs: 4,
        caps: { web: 0.5 },
        minimums: { web: 0.1 },
        pinned: { code: 0.3 },
        excludeLicences: ['proprietary'],
      },
      corpus,
      undefined,
    );
    const mixtures = await designWithin(context, task, bounds);
    expect(mixtures).toHaveLength(40);
    for (const [web, code, books, wiki] of mixtures as [number, number, number, number][]) {
      expect(web).toBeGreaterThanOrEqual(0.1 - 1e-12);
      expect(web).toBeLessThanOrEqual(0.5 + 1e-12);
      expect(code).toBeCloseTo(0.3, 12);
      expect(books).toBe(0);
      expect(web + code + books + wiki).toBeCloseTo(1, 12);
    }
    expect(new Set(mixtures.map(([web]) => web)).size).toBeGreaterThan(10);
  });

  it('is what the strategy designs where nothing bounds from below', async () => {
    const bounds = await boundsOf({ maxEpochs: 2, caps: { web: 0.4 } }, corpus, undefined);
    expect(await designWithin(context, task, bounds)).toEqual(designMixtures({ ...task, caps: bounds.upper }));
  });

  it('needs something to vary', async () => {
    const bounds = await boundsOf({ pinned: { web: 0.5, code: 0.2, books: 0.2, wiki: 0.1 } }, corpus, undefined);
    await expect(designWithin(context, task, bounds)).rejects.toMatchObject({ code: 'DESIGN_EXHAUSTED' });
  });
});

describe('constraints that clash', () => {
  it.each([
    [{ minimums: { web: 0.6, code: 0.6 } }, /minimum of "web" 0\.6.*minimum of "code" 0\.6/],
    [
      { groups: [{ name: 'clean', domains: ['web', 'wiki'], min: 0.9 }], caps: { web: 0.3, wiki: 0.3 } },
      /group "clean" >= 0\.9/,
    ],
    [{ pinned: { books: 0.2 }, excludeLicences: ['Proprietary'] }, /"books" pinned at 0\.2/],
  ])('are named: %j', async (constraints, message) => {
    await expect(boundsOf(constraints, corpus, undefined)).rejects.toMatchObject({
      status: 422,
      code: 'constraints-infeasible',
      message: expect.stringMatching(message),
    });
  });
});
