import { describe, expect, it } from 'vitest';
import { withApi } from './harness.js';

const api = withApi({ window: 4 });
const regmix = (changes: object = {}) => ({ name: 'regmix', runs: 8, ...changes });

function expectProblem(answer: {
  status: number;
  body: { code: string; errors?: { field: string; message: string }[] };
}) {
  return {
    status: answer.status,
    code: answer.body.code,
    fields: Object.fromEntries((answer.body.errors ?? []).map(({ field, message }) => [field, message])),
  };
}

describe('submitting a sweep', () => {
  it('starts it, with its runs and its progress', async () => {
    const corpusId = await api.corpus();
    const { status, body, headers } = await api.post('/v1/sweeps', { name: 'mine', corpusId, strategy: regmix() });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/sweeps/${body.id}`);
    expect(body).toMatchObject({
      name: 'mine',
      state: 'running',
      corpusId,
      notes: [],
      fitId: null,
      confirmation: null,
    });
    expect(body.progress).toMatchObject({ total: 8 + 12, finished: 0, fraction: 0, secondsLeft: null });
    expect(body.specification).toMatchObject({ seed: 42, trainer: { name: 'transformer', parameters: { layers: 2 } } });
    const runs = await api.get(`/v1/sweeps/${body.id}/runs?limit=5`);
    expect(runs.body).toMatchObject({ total: 8, nextOffset: 5 });
    for (const run of runs.body.runs) {
      expect(run.role).toBe('design');
      const sum = Object.values(run.weights as Record<string, number>).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 9);
    }
    const rest = await api.get(`/v1/sweeps/${body.id}/runs?offset=5`);
    expect(rest.body.runs.map((run: { index: number }) => run.index)).toEqual([5, 6, 7]);
    expect(rest.body.nextOffset).toBeNull();
    expect((await api.get(`/v1/sweeps/${body.id}/runs?role=natural`)).body.total).toBe(0);
    expect((await api.get(`/v1/sweeps/${body.id}/runs?state=lost`)).body.errors[0].message).toMatch(/"waiting"/);
    expect((await api.get('/v1/sweeps?limit=1')).body.sweeps[0].id).toBe(body.id);
    await api.post(`/v1/sweeps/${body.id}/cancel`);
  });

  it('answers a dry run with the design and starts nothing', async () => {
    const corpusId = await api.corpus();
    const before = (await api.get('/v1/sweeps')).body.total;
    const { status, body } = await api.post('/v1/sweeps?dryRun=true', { corpusId, strategy: regmix() });
    expect(status).toBe(200);
    expect(body).toMatchObject({ dryRun: true, domains: ['web', 'code', 'books'] });
    expect(body.mixtures).toHaveLength(8);
    expect(body.estimate).toMatchObject({ designRuns: 8, confirmationRuns: 12, tokensPerRun: 200 * 16 * 64 });
    expect((await api.get('/v1/sweeps')).body.total).toBe(before);
    const again = await api.post('/v1/sweeps?dryRun=true', { corpusId, strategy: regmix() });
    expect(again.body).toEqual(body);
  });

  it('accepts weights which sum to 1.003, and says so', async () => {
    const prior = { web: 0.5, code: 0.303, books: 0.2 };
    const corpusId = await api.corpus();
    const dry = await api.post('/v1/sweeps?dryRun=true', { corpusId, strategy: regmix(), prior });
    expect(dry.body.notes).toEqual([expect.stringContaining('1.003')]);
    expect(dry.body.prior.web).toBeCloseTo(0.5 / 1.003, 12);
    const started = await api.post('/v1/sweeps', { corpusId, strategy: regmix(), prior });
    expect(started.status).toBe(201);
    expect(started.body.notes).toEqual(dry.body.notes);
    await api.post(`/v1/sweeps/${started.body.id}/cancel`);
  });
});

describe('what a sweep may not be', () => {
  it.each<[string, object, string, RegExp]>([
    ['weights which sum to 1.2', { prior: { web: 0.5, code: 0.5, books: 0.2 } }, 'prior', /1\.2/],
    ['percentages', { prior: { web: 50, code: 30, books: 20 } }, 'prior.web', /<=1; got 50/],
    [
      'an unknown domain',
      { prior: { web: 0.5, code: 0.3, books: 0.1, wiki: 0.1 } },
      'prior',
      /unknown domains in the prior: "wiki"/,
    ],
    ['a missing domain', { prior: { web: 0.5, code: 0.5 } }, 'prior', /domains missing from the prior: "books"/],
    [
      'a cap on an unknown domain',
      { constraints: { caps: { wiki: 0.5 } } },
      'constraints.caps.wiki',
      /"wiki".*web, code/,
    ],
    [
      'an unknown target',
      { objective: { targets: { wiki: 1 } } },
      'objective.targets.wiki',
      /"wiki".*web, code, books/,
    ],
    [
      'a name no trainer can have',
      { trainer: { name: 'My Trainer' } },
      'trainer.name',
      /small letters.*got "My Trainer"/,
    ],
    [
      'a parameter of the trainer',
      { trainer: { name: 'transformer', parameters: { steps: -1 } } },
      'trainer.parameters.steps',
      />=1; got -1/,
    ],
    [
      'an unknown parameter of the trainer',
      { trainer: { name: 'transformer', parameters: { depth: 3 } } },
      'trainer.parameters.depth',
      /unknown field; allowed are .*layers/,
    ],
    ['an unknown strategy', { strategy: { name: 'magic' } }, 'strategy.name', /regmix.*got "magic"/],
    ['one run', { strategy: regmix({ runs: 1 }) }, 'strategy.runs', /at least 8; got 1/],
    ['a run and a half', { strategy: regmix({ runs: 8.5 }) }, 'strategy.runs', /int; got 8\.5/],
    ['an unknown field', { budget: 3 }, 'budget', /unknown field; allowed are name, corpusId, seed/],
    [
      'an unknown field inside',
      { strategy: regmix({ run: 9 }) },
      'strategy.run',
      /allowed are name, runs, temperature/,
    ],
    ['a text for a number', { seed: '42' }, 'seed', /expected number; got "42"/],
    [
      'heads which do not divide the width',
      { trainer: { name: 'transformer', parameters: { width: 60, heads: 8 } } },
      'trainer.parameters.width',
      /multiple of heads/,
    ],
    ['one confirmation seed', { confirmation: { seeds: 1 } }, 'confirmation.seeds', />=3; got 1/],
  ])('refuses %s', async (_what, changes, field, message) => {
    const corpusId = await api.corpus();
    const answer = await api.post('/v1/sweeps', { corpusId, strategy: regmix(), ...changes });
    const { status, fields } = expectProblem(answer);
    expect([status, Object.keys(fields)]).toEqual([422, expect.arrayContaining([field])]);
    expect(fields[field]).toMatch(message);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('refuses caps that admit no mixture, in a dry run too, and names the binding domains', async () => {
    const corpusId = await api.corpus({ web: 1e6, code: 1e4, books: 1e5 });
    const constraints = { targetTokens: 1e7, maxEpochs: 4 };
    for (const path of ['/v1/sweeps', '/v1/sweeps?dryRun=true']) {
      const { status, code, fields } = expectProblem(
        await api.post(path, { corpusId, strategy: regmix(), constraints }),
      );
      expect([status, code]).toEqual([422, 'caps-infeasible']);
      expect(fields.constraints).toMatch(/Binding: "code" <= 0\.004, "books" <= 0\.04, "web" <= 0\.4/);
    }
  });

  it('needs a corpus that exists', async () => {
    const answer = await api.post('/v1/sweeps', { corpusId: 'cor_none', strategy: regmix() });
    expect([answer.status, answer.body.code]).toEqual([404, 'corpus-not-found']);
    expect((await api.post('/v1/sweeps', {})).body.errors[0]).toEqual({
      field: 'corpusId',
      message: 'missing: expected a string',
    });
    expect((await api.post('/v1/sweeps?dryRun=yes', { corpusId: 'x' })).body.errors[0].field).toBe('dryRun');
  });
});

describe('an Idempotency-Key', () => {
  it('has one effect: the same sweep again, and no other body', async () => {
    const corpusId = await api.corpus();
    const key = { 'idempotency-key': 'the-same-1' };
    const body = { corpusId, strategy: regmix(), prior: { web: 0.5, code: 0.303, books: 0.2 } };
    const first = await api.post('/v1/sweeps', body, key);
    const second = await api.post('/v1/sweeps', body, key);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).toBe(first.body.id);
    expect(second.body.notes).toEqual(first.body.notes);
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ]);
    const altered = await api.post('/v1/sweeps', { ...body, seed: 7 }, key);
    expect([altered.status, altered.body.code]).toEqual([422, 'idempotency-key-reused']);
    await api.post(`/v1/sweeps/${first.body.id}/cancel`);
    expect((await api.post('/v1/sweeps', body, key)).body).toMatchObject({ id: first.body.id, state: 'cancelled' });
  });

  it('has one effect under 20 requests at once', async () => {
    const corpusId = await api.corpus();
    const before = (await api.get('/v1/sweeps')).body.total;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        api.post('/v1/sweeps', { corpusId, strategy: regmix() }, { 'idempotency-key': 'twenty' }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect((await api.get('/v1/sweeps')).body.total).toBe(before + 1);
    await api.post(`/v1/sweeps/${answers[0]!.body.id}/cancel`);
  });

  it.each(['', 'two words', 'x'.repeat(201)])('cannot be %j', async (key) => {
    const answer = await api.post('/v1/sweeps', { corpusId: 'x' }, { 'idempotency-key': key });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid-header']);
  });

  it('is not spent by a request that was refused', async () => {
    const corpusId = await api.corpus();
    const key = { 'idempotency-key': 'spent?' };
    expect((await api.post('/v1/sweeps', { corpusId, strategy: regmix({ runs: 1 }) }, key)).status).toBe(422);
    const { status, body } = await api.post('/v1/sweeps', { corpusId, strategy: regmix() }, key);
    expect(status).toBe(201);
    await api.post(`/v1/sweeps/${body.id}/cancel`);
  });
});

describe('cancelling', () => {
  it('ends a sweep, tells the workers, and can be repeated', async () => {
    const corpusId = await api.corpus();
    api.queue.waiting.length = 0;
    const { body } = await api.post('/v1/sweeps', { corpusId, strategy: regmix() });
    const end = performance.now() + 10_000;
    while (api.queue.waiting.length === 0 && performance.now() < end) await new Promise((next) => setTimeout(next, 50));
    const assignment = api.queue.waiting[0]!;
    expect(assignment).toMatchObject({ sweepId: body.id, attempt: 1, leaseSeconds: 30 });
    const cancelled = await api.post(`/v1/sweeps/${body.id}/cancel`);
    expect(cancelled.body).toMatchObject({ state: 'cancelled', progress: { secondsLeft: 0 } });
    expect(cancelled.body.finishedAt).not.toBeNull();
    expect(api.queue.stopped).toContainEqual({ runId: assignment.runId, attempt: 1 });
    expect((await api.post(`/v1/sweeps/${body.id}/cancel`)).status).toBe(200);
    const retry = await api.post(`/v1/sweeps/${body.id}/retry-failed`);
    expect([retry.status, retry.body.code]).toEqual([409, 'state-conflict']);
  });

  it('needs a sweep', async () => {
    for (const call of ['cancel', 'retry-failed']) {
      const answer = await api.post(`/v1/sweeps/swp_none/${call}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'sweep-not-found']);
    }
    expect((await api.get('/v1/sweeps/swp_none')).body.code).toBe('sweep-not-found');
    expect((await api.get('/v1/sweeps/swp_none/runs')).body.code).toBe('sweep-not-found');
  });
});
