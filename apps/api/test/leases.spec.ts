import { afterEach, describe, expect, it } from 'vitest';
import type { Lease } from '#libs/contracts';
import { eventually } from '#libs/testing';
import { resultOf, withApi } from './harness.js';

const api = withApi({ leaseSeconds: 30 });
const workerId = 'puller';
const asking = { workerId, host: 'cluster', trainers: ['transformer'], holding: [] as string[] };
const sweeps: string[] = [];

async function submit(): Promise<string> {
  const corpusId = await api.corpus({ web: 3e6, code: 1e6 });
  const { body } = await api.post('/v1/sweeps', { corpusId, strategy: { name: 'regmix', runs: 8 } });
  sweeps.push(body.id);
  return body.id;
}

async function lease(changes: object = {}): Promise<Lease> {
  const { status, body, text } = await api.post('/v1/leases', { ...asking, ...changes });
  if (status !== 200) throw new Error(`no lease: ${status} ${text}`);
  return body.lease;
}

const say = (id: string, what: string, body: object = {}) =>
  api.post(`/v1/leases/${id}/${what}`, { workerId, ...body });
const run = async ({ assignment }: Lease) => (await api.get(`/v1/runs/${assignment.runId}`)).body;
const progress = { type: 'progress', step: 5, totalSteps: 10, tokens: 100, trainLoss: 'NaN' };
function resultBody({ assignment }: Lease) {
  const { type: _type, ...result } = resultOf(assignment);
  return result;
}

afterEach(async () => {
  for (const id of sweeps.splice(0)) await api.post(`/v1/sweeps/${id}/cancel`);
});

describe('leasing', () => {
  it('starts a run for the worker and records what it reports, its result once', async () => {
    await submit();
    const given = await lease();
    expect(given.id).toBe(`${given.assignment.runId}.1`);
    expect(given.assignment).toMatchObject({ attempt: 1, leaseSeconds: 30, trainer: { name: 'transformer' } });
    expect(await run(given)).toMatchObject({ state: 'running', attempts: [{ workerId, host: 'cluster', number: 1 }] });
    const backend = { type: 'backend', backend: 'wasm', reason: 'because' };
    expect((await say(given.id, 'report', { reports: [backend, progress, { ...progress, step: 6 }] })).status).toBe(
      204,
    );
    expect((await say(given.id, 'heartbeat')).body).toEqual({ stop: null });
    expect((await say(given.id, 'complete', resultBody(given))).status).toBe(204);
    // Its answer was lost.
    expect((await say(given.id, 'complete', resultBody(given))).status).toBe(204);
    const done = await run(given);
    expect(done).toMatchObject({ state: 'succeeded', observation: { tokens: 1000, backend: 'wasm' } });
    expect((await api.get(`/v1/runs/${done.id}/curve`)).body.points.map(({ step }: { step: number }) => step)).toEqual([
      5, 6,
    ]);
    expect((await say(given.id, 'heartbeat')).body).toEqual({ stop: 'the attempt has ended (succeeded)' });
  });

  it('records a failure, a divergence and a run that was given back', async () => {
    await submit();
    const workers = ['one', 'two', 'three'];
    const leases = await Promise.all(workers.map((name) => lease({ workerId: name })));
    const [failed, diverged, released] = leases as [Lease, Lease, Lease];
    const as = ({ id }: Lease, what: string, body: object) =>
      say(id, what, { ...body, workerId: workers[leases.findIndex((given) => given.id === id)] });
    await as(failed, 'fail', { type: 'failed', class: 'out-of-memory', message: 'no memory', stderrTail: 'the end' });
    await as(diverged, 'fail', { type: 'diverged', step: 3, trainLoss: 'Infinity', reason: 'not finite' });
    await as(released, 'release', { reason: 'SIGTERM' });
    expect((await run(failed)).attempts[0]).toMatchObject({ state: 'failed', stderrTail: 'the end' });
    expect(await run(diverged)).toMatchObject({ state: 'diverged', trainLoss: 'Infinity' });
    expect((await run(released)).attempts[0]).toMatchObject({ state: 'released', message: 'SIGTERM' });
  });

  it('refuses whoever does not hold the lease, and says why the holder is to stop', async () => {
    const sweepId = await submit();
    const given = await lease();
    const other = { ...resultBody(given), workerId: 'somebody else' };
    const refused = await say(given.id, 'complete', other);
    expect([refused.status, refused.body.code]).toEqual([409, 'lease-stale']);
    expect(refused.body.detail).toContain('another worker holds the run');
    await api.post(`/v1/sweeps/${sweepId}/cancel`);
    expect((await say(given.id, 'heartbeat')).body).toEqual({ stop: 'the sweep was cancelled' });
    for (const [what, body] of [
      ['report', { reports: [progress] }],
      ['complete', resultBody(given)],
      ['release', { reason: 'late' }],
    ] as const) {
      const late = await say(given.id, what, body);
      expect([late.status, late.body.code, late.body.detail]).toEqual([
        409,
        'lease-stale',
        `Lease ${given.id} is over: the sweep was cancelled.`,
      ]);
    }
    expect((await say('run_none.1', 'heartbeat')).body).toEqual({ stop: 'there is no such attempt' });
  });

  it('takes no word of a worker for a run that was leased to nobody', async () => {
    const sweepId = await submit();
    const given = await lease();
    const queued = await eventually(async () => {
      const { runs } = (await api.get(`/v1/sweeps/${sweepId}/runs?state=queued`)).body;
      return runs[0];
    });
    const id = `${queued.id}.${queued.attempt}`;
    expect((await say(id, 'heartbeat')).body).toEqual({ stop: 'it was never given to this worker' });
    const refused = await say(id, 'complete', resultBody(given));
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      `Lease ${id} is over: it was never given to this worker.`,
    ]);
    expect((await api.get(`/v1/runs/${queued.id}`)).body).toMatchObject({
      state: 'queued',
      attempts: [{ workerId: null, state: 'open' }],
    });
  });

  it('hands a lease out again that the worker does not hold, before anything new', async () => {
    await submit();
    const given = await lease();
    expect(await lease()).toEqual(given);
    expect(await lease({ lostOnly: true })).toEqual(given);
    const next = await lease({ holding: [given.id] });
    expect(next.assignment.runId).not.toBe(given.assignment.runId);
    const nothing = await api.post('/v1/leases', { ...asking, holding: [given.id, next.id], lostOnly: true });
    expect([nothing.status, nothing.text]).toEqual([204, '']);
  });

  it('waits as long as it was asked to, and no longer than until there is something', async () => {
    const begun = performance.now();
    expect((await api.post('/v1/leases', { ...asking, waitSeconds: 0.2 })).status).toBe(204);
    expect(performance.now() - begun).toBeGreaterThan(200);
    const waiting = [1, 2].map((n) => lease({ workerId: `${workerId}-${n}`, waitSeconds: 30 }));
    await eventually(async () => (await api.get('/metrics')).text.includes('cuvee_lease_requests_waiting 2'));
    await submit();
    const given = await Promise.all(waiting);
    expect(new Set(given.map(({ assignment }) => assignment.runId)).size).toBe(2);
    expect((await api.get('/metrics')).text).toContain('cuvee_lease_requests_waiting 0');
  });

  it('gives nothing to a worker that went away while it waited', async () => {
    const gone = new AbortController();
    const asked = fetch(`${api.url}/v1/leases`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...asking, waitSeconds: 30 }),
      signal: gone.signal,
    }).catch(() => 'gone');
    await eventually(async () => (await api.get('/metrics')).text.includes('cuvee_lease_requests_waiting 1'));
    gone.abort();
    expect(await asked).toBe('gone');
    await submit();
    await eventually(async () => (await api.get('/metrics')).text.includes('cuvee_lease_requests_waiting 0'));
    expect((await lease({ workerId: 'next' })).assignment.attempt).toBe(1);
  });

  it.each([
    [{ workerId: '' }, 'workerId'],
    [{ trainers: [] }, 'trainers'],
    [{ holding: ['run_1'] }, 'holding.0'],
    [{ waitSeconds: 31 }, 'waitSeconds'],
    [{ colour: 'red' }, 'colour'],
  ])('refuses %j, naming the field', async (change, field) => {
    const { status, body } = await api.post('/v1/leases', { ...asking, ...change });
    expect([status, body.code]).toEqual([422, 'invalid-request']);
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  it('takes no result that is none, and one that is large', async () => {
    await submit();
    const given = await lease();
    const bad = await say(given.id, 'complete', { ...resultBody(given), tokens: -0.5 });
    expect([bad.status, bad.body.errors[0].field]).toEqual([422, 'tokens']);
    expect((await say('nonsense', 'heartbeat')).body.errors[0].field).toBe('id');
    const load = Array.from({ length: 64 }, (_, expert) => 1e12 + expert);
    const expertLoads = Array.from({ length: 600 }, (_, layer) => ({ layer, domain: 'web', load }));
    expect((await say(given.id, 'complete', { ...resultBody(given), expertLoads })).status).toBe(204);
    expect((await run(given)).state).toBe('succeeded');
  });
});
