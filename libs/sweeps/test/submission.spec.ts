import { describe, expect, it } from 'vitest';
import { createSweepSchema } from '#libs/contracts';
import { designSweep } from '../src/design-sweep.js';
import { registerCorpus } from '../src/register-corpus.js';
import { ServiceInMemory } from './service-in-memory.js';

const domains = [
  { name: 'web', source: 'web.txt', tokens: 900 },
  { name: 'code', source: 'code.txt', tokens: 100 },
];

describe('registerCorpus', () => {
  it('gives equal content one version and changed content the next', async () => {
    const { context } = new ServiceInMemory();
    const first = await registerCorpus(context, { name: 'pile', domains });
    const again = await registerCorpus(context, { name: 'pile', domains: structuredClone(domains) });
    const changed = await registerCorpus(context, {
      name: 'pile',
      domains: [{ ...domains[0]!, tokens: 901 }, domains[1]!],
    });
    expect(again).toMatchObject({ created: false, corpus: { id: first.corpus.id, version: 1 } });
    expect(changed).toMatchObject({ created: true, corpus: { version: 2 } });
  });
});

describe('submitSweep', () => {
  it('has one effect for one key, for ever', async () => {
    const s = new ServiceInMemory();
    const answers = await Promise.all(Array.from({ length: 20 }, () => s.submit({}, 'key-1')));
    expect(new Set(answers.map((answer) => answer.sweepId)).size).toBe(1);
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
    expect((await s.context.store.listSweeps({ offset: 0, limit: 10 })).total).toBe(1);
    await expect(s.submit({ seed: 7 }, 'key-1')).rejects.toMatchObject({ code: 'idempotency-key-reused', status: 422 });
  });

  it('accepts a prior that sums to 1.003 and says so', async () => {
    const s = new ServiceInMemory();
    const { notes } = await s.submit({ prior: { web: 0.603, code: 0.3, books: 0.1 } });
    expect(notes).toEqual(['prior: the weights summed to 1.003 and were renormalised to 1']);
  });

  it('accepts a trainer that no worker has now, and says so', async () => {
    const s = new ServiceInMemory();
    const { notes } = await s.submit({
      trainer: { name: 'my-own', targets: ['mmlu'] },
      objective: { targets: { mmlu: 1 } },
    });
    expect(notes).toEqual(['trainer.name: no worker has "my-own" now, and the runs wait for one; no worker is there']);
  });

  it.each([
    ['a prior that sums to 1.2', { prior: { web: 0.8, code: 0.3, books: 0.1 } }, 'prior', 'they sum to 1.2'],
    ['a prior with an unknown domain', { prior: { web: 0.6, code: 0.3, book: 0.1 } }, 'prior', '"book"'],
    [
      'caps that admit no mixture',
      { constraints: { caps: { web: 0.2, code: 0.1 }, targetTokens: 4_000_000 } },
      'constraints',
      '"code" <= 0.1',
    ],
    ['a cap on an unknown domain', { constraints: { caps: { wed: 0.2 } } }, 'constraints.caps.wed', 'web, code, books'],
    ['an unknown target', { objective: { targets: { mmlu: 1 } } }, 'objective.targets.mmlu', 'web, code, books'],
    ['an unknown corpus', { corpusId: 'nope' }, undefined, 'There is no corpus "nope"'],
  ])('refuses %s, naming the field', async (_title, overrides, field, text) => {
    const s = new ServiceInMemory();
    const refusal = await s.submit(overrides).catch((error) => error);
    expect(refusal.message).toContain(text);
    expect(refusal.fields[0]?.field).toBe(field);
    expect((await s.context.store.listSweeps({ offset: 0, limit: 10 })).total).toBe(0);
  });
});

describe('designSweep', () => {
  it('shows the design and its cost, and writes nothing', async () => {
    const s = new ServiceInMemory();
    const { corpus } = await registerCorpus(s.context, { name: 'pile', domains });
    const request = createSweepSchema.parse({ corpusId: corpus.id, strategy: { name: 'regmix', runs: 16 } });
    const design = await designSweep(s.context, request);
    expect(design.mixtures).toHaveLength(16);
    // 100 of 1000 tokens, repeated at most 4 times in a run over as many tokens as there are.
    expect(design.caps).toEqual({ web: 1, code: 0.4 });
    for (const mixture of design.mixtures) {
      expect(mixture.web! + mixture.code!).toBeCloseTo(1, 12);
      expect(mixture.code).toBeLessThanOrEqual(0.4);
    }
    // 6 x (2 x (4 x 64^2 + 3 x 64 x 172) + 256 x 64 + 2 x 64 x 65) operations a token.
    const flopsPerRun = 204_800 * 741_120;
    expect(design.estimate).toEqual({
      designRuns: 16,
      confirmationRuns: 12,
      tokensPerRun: 204_800,
      tokens: 5_734_400,
      flops: 28 * flopsPerRun,
      fidelities: [{ name: 'proxy', runs: 28, parameters: 115_520, tokensPerRun: 204_800, flopsPerRun }],
    });
    expect((await s.context.store.listSweeps({ offset: 0, limit: 10 })).total).toBe(0);
  });
});
