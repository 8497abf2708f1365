import { describe, expect, it } from 'vitest';
import { withApi } from './harness.js';

const api = withApi();

/** 12 runs of three domains; the second target is the first one upside down. */
const runs = Array.from({ length: 12 }, (_, r) => {
  const web = (r + 0.5) / 14;
  const code = (1 - web) * (((r * 5) % 12) / 12 + 0.04);
  const books = 1 - web - code;
  const loss = 3 - web + 0.5 * code + ((r * 7) % 5) / 1e4;
  return { id: `r${r}`, weights: { web, code, books }, losses: { pile: loss, code_eval: 6 - loss } };
});
const fit = { model: 'linear', folds: 4 };

async function settled(sweepId: string) {
  const end = performance.now() + 40_000;
  for (;;) {
    const { body } = await api.get(`/v1/sweeps/${sweepId}`);
    if (['completed', 'failed', 'cancelled'].includes(body.state)) return body;
    if (performance.now() > end) throw new Error(`sweep ${sweepId} is still ${body.state}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function csv(columns: 'weights' | 'losses'): string {
  const names = Object.keys(runs[0]![columns]);
  const rows = runs.map((run) => [run.id, ...Object.values(run[columns])].join(','));
  return [['run', ...names].join(','), ...rows].join('\n');
}

describe('importing finished runs', () => {
  it('predicts a baseline beside natural and uniform, and refuses one of other domains', async () => {
    const baseline = { name: "last year's mix", weights: { web: 0.5, books: 0.5 } };
    const { body } = await api.post('/v1/sweeps/import', { runs, fit, baseline });
    const sweep = await settled(body.id);
    expect(sweep.specification.baseline).toEqual(baseline);
    const { document } = (await api.get(`/v1/proposals/${sweep.proposalId}`)).body;
    expect(document.baselines.given).toMatchObject({ name: "last year's mix", violates: [] });
    expect(document.baselines.given.weights).toEqual({ web: 0.5, code: 0, books: 0.5 });
    expect(document.baselines.given.predicted.pile.mean).toBeCloseTo(2.5, 1);
    const refused = await api.post('/v1/sweeps/import', { runs, fit, baseline: { name: 'x', weights: { webb: 1 } } });
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body)).toContain('Did you mean');
  });

  it('fits the targets that can be, and names the others with the reason in the fit and in the proposal', async () => {
    const some = runs.map((run, r) => ({
      ...run,
      losses: { ...run.losses, rare: r < 3 ? 1 + r : null, huge: 1e200 * run.losses.pile },
    }));
    const { status, body } = await api.post('/v1/sweeps/import', { runs: some, fit });
    expect(status).toBe(201);
    expect(body.notes).toContain('"rare" has 3 finite losses; a fit needs at least 5: it has no fit');
    const sweep = await settled(body.id);
    expect(sweep).toMatchObject({ state: 'completed', targets: ['pile', 'code_eval', 'rare', 'huge'] });
    const made = (await api.get(`/v1/fits/${sweep.fitId}`)).body;
    const unfitted = {
      rare: '3 finite losses; at least 5 are needed',
      huge: expect.stringMatching(/^a loss of \d.*a fit can hold at most 1e\+100$/),
    };
    expect(made).toMatchObject({ state: 'succeeded', unfitted });
    expect(Object.keys(made.targets)).toEqual(['pile', 'code_eval']);
    const { importance, worstPredicted } = made.targets.pile;
    expect(importance[0]).toMatchObject({ domain: 'web' });
    const worst = some.find(({ id }) => String(id) === worstPredicted[0].run);
    expect(worstPredicted[0].observed).toBe(worst!.losses.pile);
    const { document } = (await api.get(`/v1/proposals/${sweep.proposalId}`)).body;
    expect(document.unfitted).toEqual(made.unfitted);
    expect(document.objective.targets).toEqual({ pile: 1, code_eval: 1 });
    const asked = await api.post(`/v1/fits/${sweep.fitId}/proposals`, { objective: { targets: { rare: 1 } } });
    expect(asked.status).toBe(422);
    expect(JSON.stringify(asked.body)).toMatch(/\\"rare\\" has no fit.*3 finite losses; at least 5 are needed/);
    const whatIf = await api.post(`/v1/fits/${sweep.fitId}/predict`, { mixtures: [{ web: 1 }] });
    expect(Object.keys(whatIf.body.predictions[0].targets)).toEqual(['pile', 'code_eval']);
  });

  it('makes a sweep that is fitted at once, proposes, and ends without confirmation runs', async () => {
    const { status, body, headers } = await api.post('/v1/sweeps/import', { name: 'mine', runs, fit });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/sweeps/${body.id}`);
    expect(body).toMatchObject({
      name: 'mine',
      targets: ['pile', 'code_eval'],
      specification: { strategy: { name: 'imported', runs: 12 }, trainer: null, confirmation: null },
    });
    const sweep = await settled(body.id);
    expect(sweep).toMatchObject({ state: 'completed', reason: null, confirmation: null, progress: { fraction: 1 } });
    const made = (await api.get(`/v1/fits/${sweep.fitId}`)).body;
    expect(made).toMatchObject({ state: 'succeeded', refit: false, model: 'linear', folds: 4, runs: 12, leftOut: 0 });
    expect(Object.keys(made.targets)).toEqual(['pile', 'code_eval']);
    const { document, weights } = (await api.get(`/v1/proposals/${sweep.proposalId}`)).body;
    expect(Object.keys(weights)).toEqual(['web', 'code', 'books']);
    expect(document.bestObserved.run).toMatch(/^r\d+$/);
    expect(document.epochs).toBeNull();
    const listed = (await api.get(`/v1/sweeps/${body.id}/runs?limit=2`)).body;
    expect(listed).toMatchObject({ total: 12 });
    expect(listed.runs[1]).toMatchObject({
      label: 'r1',
      state: 'succeeded',
      attempt: 0,
      weights: runs[1]!.weights,
      observation: { tokens: null, losses: { pile: { natsPerToken: runs[1]!.losses.pile, bitsPerByte: null } } },
    });
    const corpus = (await api.get(`/v1/corpora/${sweep.corpusId}`)).body;
    expect(corpus.domains[0]).toEqual({ name: 'web', source: null, tokens: null, naturalWeight: null });
    const refused = await api.post('/v1/sweeps', { corpusId: sweep.corpusId });
    expect([refused.status, refused.body.code]).toEqual([422, 'corpus-without-text']);
    const exported = (await api.get(`/v1/proposals/${sweep.proposalId}/export?format=csv`)).body;
    expect(exported.files[0].content).toMatch(/^(web|code|books),/m);
  });

  it('takes a pair of CSV texts and JSON lines alike, and finds the corpus again', async () => {
    const pair = await api.post('/v1/sweeps/import', {
      name: 'alike',
      weights: csv('weights'),
      losses: csv('losses'),
      fit,
    });
    const lines = await api.post('/v1/sweeps/import?name=alike', runs.map((run) => JSON.stringify(run)).join('\n'), {
      'content-type': 'application/x-ndjson',
    });
    expect([pair.status, lines.status]).toEqual([201, 201]);
    expect(lines.body.corpusId).toBe(pair.body.corpusId);
    const [first, second] = [await settled(pair.body.id), await settled(lines.body.id)];
    expect([first.state, second.state]).toEqual(['completed', 'completed']);
    const runsOf = async (id: string) =>
      (await api.get(`/v1/sweeps/${id}/runs`)).body.runs.map(
        ({ label, weights }: { label: string; weights: object }) => [label, weights],
      );
    expect(await runsOf(second.id)).toEqual(await runsOf(first.id));
  });

  it('knows epochs, caps and licences where tokens and licences are given', async () => {
    const { body } = await api.post('/v1/sweeps/import', {
      runs,
      fit,
      tokens: { web: 6e9, code: 3e9, books: 1e9 },
      licences: { books: 'proprietary' },
      constraints: { maxEpochs: 1.2, excludeLicences: ['proprietary'] },
      objective: { targets: { pile: 1 } },
    });
    const sweep = await settled(body.id);
    expect(sweep).toMatchObject({ state: 'completed', reason: null });
    const { document, weights } = (await api.get(`/v1/proposals/${sweep.proposalId}`)).body;
    expect(weights.books).toBe(0);
    expect(weights.web).toBeLessThanOrEqual(0.72 + 1e-9);
    expect(document.epochs.web).toBeLessThanOrEqual(1.2 + 1e-9);
    expect(document.baselines.natural.weights.web).toBeCloseTo(0.6, 12);
  });

  it('keeps a divergence for its target alone, and leaves out a run without any loss', async () => {
    const broken = structuredClone(runs) as { id: string; weights: object; losses: Record<string, unknown> }[];
    broken[0]!.losses.pile = 'NaN';
    broken[1]!.losses = { pile: 'Infinity', code_eval: null };
    broken[2]!.losses.code_eval = null;
    const { body } = await api.post('/v1/sweeps/import', { runs: broken, fit });
    expect(body.notes.join('\n')).toMatch(/"pile".*r0/);
    const sweep = await settled(body.id);
    expect(sweep.progress.runs).toMatchObject({ succeeded: 11, diverged: 1 });
    const made = (await api.get(`/v1/fits/${sweep.fitId}`)).body;
    expect([made.runs, made.targets.pile.rows, made.targets.code_eval.rows]).toEqual([11, 10, 10]);
    const listed = (await api.get(`/v1/sweeps/${body.id}/runs?limit=3`)).body.runs;
    expect(listed.map((run: { observation: { losses: object } }) => run.observation.losses)).toMatchObject([
      { pile: { natsPerToken: 'NaN' }, code_eval: {} },
      { pile: { natsPerToken: 'Infinity' } },
      { pile: {} },
    ]);
    expect(Object.keys(listed[2].observation.losses)).toEqual(['pile']);
    const again = await api.post(`/v1/runs/${listed[1].id}/retry`);
    expect([again.status, again.body.code]).toEqual([409, 'state-conflict']);
  });

  it('has one effect under an Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'import-1' };
    const before = (await api.get('/v1/sweeps')).body.total;
    const answers = await Promise.all([1, 2, 3].map(() => api.post('/v1/sweeps/import', { runs, fit }, key)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(2);
    const other = await api.post('/v1/sweeps/import', { runs: runs.slice(1), fit }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    expect((await api.get('/v1/sweeps')).body.total).toBe(before + 1);
  });
});

describe('what cannot be imported', () => {
  const withRun = (change: object) => ({ runs: [...runs.slice(1), { ...runs[0], ...change }] });
  it.each<[string, unknown, number, string, string | null, RegExp]>([
    ['no runs', {}, 422, 'runs-missing', 'weights', /text of a CSV/],
    ['too few', { runs: runs.slice(0, 7) }, 422, 'too-few-rows', 'runs', /7 usable runs.*at least 8/],
    [
      'weights of 120 %',
      withRun({ weights: { web: 0.5, code: 0.5, books: 0.2 } }),
      422,
      'weights-sum',
      null,
      /r0.*1\.2/,
    ],
    ['a loss that is text', withRun({ losses: { pile: 'low' } }), 422, 'loss-not-a-number', null, /"pile".*"low"/],
    ['an unknown setting', { runs, budget: 3 }, 422, 'invalid-request', 'budget', /unknown field; allowed are name/],
    ['an unknown model', { runs, fit: { model: 'oracle' } }, 422, 'invalid-request', 'fit.model', /"oracle"/],
    [
      'an unknown target',
      { runs, objective: { targets: { wiki: 1 } } },
      422,
      'target-unknown',
      'objective.targets.wiki',
      /pile, code_eval/,
    ],
    [
      'an unknown domain',
      { runs, constraints: { minimums: { wiki: 0.1 } } },
      422,
      'domain-unknown',
      'constraints.minimums.wiki',
      /web, code, books/,
    ],
    [
      'epochs of nobody knows what',
      { runs, constraints: { maxEpochs: 2 } },
      422,
      'tokens-missing',
      'constraints.maxEpochs',
      /tokens of every domain, or a prior/,
    ],
    [
      'a licence that nothing has',
      { runs, licences: { web: 'CC0' }, constraints: { excludeLicences: ['MIT'] } },
      422,
      'licence-unknown',
      'constraints.excludeLicences.0',
      /CC0/,
    ],
    [
      'constraints that contradict each other',
      { runs, constraints: { minimums: { web: 0.6 }, caps: { web: 0.5 } } },
      422,
      'constraints-infeasible',
      'constraints',
      /minimum of "web" 0\.6/,
    ],
    ['tokens of some domains', { runs, tokens: { web: 1e9 } }, 422, 'domain-missing', 'tokens', /"code"/],
    ['half a character in an id', withRun({ id: 'a\ud800' }), 422, 'invalid-field', 'runs', /surrogate/],
    ['a name with a NUL', { name: 'a\0b', runs }, 422, 'invalid-request', 'name', /control characters/],
    [
      'a target named __proto__',
      `{"runs": ${JSON.stringify(runs).replaceAll('"pile"', '"__proto__"')}}`,
      422,
      'invalid-field',
      'runs',
      /"__proto__" cannot be a name/,
    ],
    ['a megabyte of a name', withRun({ id: 'x'.repeat(1e6) }), 422, 'invalid-field', 'runs', /"x{97}\.\.\."/],
    ['too many runs', `{"runs": [${'{},'.repeat(10_000)}{}]}`, 422, 'table-too-large', 'runs', /more than 10000 runs/],
    ['no JSON', '{"runs": [', 422, 'body-unreadable', 'body', /no JSON/],
  ])('%s', async (_what, body, status, code, field, message) => {
    const before = (await api.get('/v1/sweeps')).body.total;
    const corpora = (await api.get('/v1/corpora')).body.corpora.length;
    const answer = await api.post('/v1/sweeps/import', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    if (field !== null) expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    expect(answer.text.length).toBeLessThan(5_000);
    expect(JSON.stringify(answer.body)).toMatch(new RegExp(message.source.replaceAll('"', '\\\\"')));
    expect((await api.get('/v1/sweeps')).body.total).toBe(before);
    expect((await api.get('/v1/corpora')).body.corpora).toHaveLength(corpora);
  });

  it('another media type', async () => {
    const answer = await api.post('/v1/sweeps/import', 'run,web', { 'content-type': 'text/csv' });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported-media-type']);
    expect(answer.body.detail).toMatch(/application\/json or application\/x-ndjson; got "text\/csv"/);
  });
});

describe('many imports at once', () => {
  it('are refused beyond a few, with a time to come back', async () => {
    const before = (await api.get('/v1/sweeps')).body.total;
    const body = JSON.stringify({ runs: runs.slice(0, 7), name: 'x'.repeat(50_000) });
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.post('/v1/sweeps/import', body)));
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy[0]!.body.code).toBe('too-busy');
    expect(busy[0]!.headers.get('retry-after')).toBe('5');
    expect((await api.post('/v1/sweeps/import', body)).status).toBe(422);
    expect((await api.get('/v1/sweeps')).body.total).toBe(before);
  });
});

describe('10,000 runs', () => {
  it('are imported within seconds, while other requests are answered', async () => {
    const domains = Array.from({ length: 20 }, (_, i) => `domain ${i}`);
    const many = Array.from({ length: 10_000 }, (_, r) => {
      const raw = domains.map((_, i) => 1 + ((r * 31 + i * 17) % 97));
      const sum = raw.reduce((a, b) => a + b, 0);
      return {
        id: r,
        weights: Object.fromEntries(domains.map((name, i) => [name, raw[i]! / sum])),
        losses: { a: 3 - raw[0]! / sum, b: 2 + raw[1]! / sum },
      };
    });
    const body = JSON.stringify({ runs: many, fit });
    let slowest = 0;
    let over = false;
    const watch = (async () => {
      while (!over) {
        const began = performance.now();
        await api.get('/health/live', { connection: 'close' });
        slowest = Math.max(slowest, performance.now() - began);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const began = performance.now();
    const answer = await api.post('/v1/sweeps/import', body);
    const seconds = (performance.now() - began) / 1000;
    over = true;
    await watch;
    expect(answer.status).toBe(201);
    console.info(
      `${body.length >> 20} MB in ${seconds.toFixed(1)} s; the slowest other answer took ${slowest.toFixed(0)} ms`,
    );
    expect(seconds).toBeLessThan(20);
    expect(slowest).toBeLessThan(1_000);
    await api.post(`/v1/sweeps/${answer.body.id}/cancel`);
  });
});
