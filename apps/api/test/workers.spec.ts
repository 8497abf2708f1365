import { describe, expect, it } from 'vitest';
import type { WorkerSnapshot } from '#libs/contracts';
import { withApi, work } from './harness.js';

const api = withApi();

const snapshot = (id: string, changes: Partial<WorkerSnapshot> = {}): WorkerSnapshot => ({
  id,
  host: 'node-1',
  sequence: 1,
  version: '0.1.0',
  transport: 'queue',
  backend: 'wasm',
  backendReason: '@tensorflow/tfjs-node-gpu: not installed',
  gigaflops: 26.5,
  tokensPerSecond: 9000,
  slots: 2,
  busy: 1,
  gpus: [],
  trainers: ['transformer'],
  state: 'active',
  reason: null,
  heartbeatSeconds: 15,
  ...changes,
});
const say = (id: string, changes: Partial<WorkerSnapshot> = {}) =>
  api.queue.report({ type: 'worker', worker: snapshot(id, changes) });
const put = (id: string, body: unknown) =>
  fetch(`${api.url}/v1/workers/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('workers', () => {
  it('are listed by host with what they last said, and one that fell silent is lost', async () => {
    await say('b', { host: 'node-2', heartbeatSeconds: 0.01 });
    await say('a');
    await say('a', { sequence: 3, busy: 2 });
    await say('a', { sequence: 2, busy: 0 });
    await say('c', { host: 'node-3', state: 'stopped', heartbeatSeconds: 0.01 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { body } = await api.get('/v1/workers');
    expect(body.workers.map(({ id, state, busy }: WorkerSnapshot) => [id, state, busy])).toEqual([
      ['a', 'active', 2],
      ['b', 'lost', 1],
      ['c', 'stopped', 1],
    ]);
    const { sequence: _, ...said } = snapshot('a', { busy: 2 });
    const found = (await api.get('/v1/workers/a')).body;
    expect(found).toMatchObject(said);
    expect(found).not.toHaveProperty('sequence');
    expect(Date.parse(found.heartbeatAt)).toBeGreaterThanOrEqual(Date.parse(found.registeredAt));
    expect((await api.get('/v1/workers/b')).body.reason).toMatch(/^no sign of life since 20/);
    expect((await api.get('/v1/workers/nobody')).body.code).toBe('worker-not-found');
  });

  it('may say it over HTTP, under their own id alone', async () => {
    expect((await put('http-1', snapshot('http-1', { transport: 'http' }))).status).toBe(204);
    expect((await api.get('/v1/workers/http-1')).body.transport).toBe('http');
    const refused = await put('http-2', snapshot('http-1'));
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('must be the id in the path');
    expect((await put('http-1', snapshot('http-1', { slots: 0 }))).status).toBe(422);
  });

  it('are counted by state in the metrics, and failed attempts by class', async () => {
    await say('broken-1', { state: 'broken', reason: 'no CUDA device' });
    const text = (await api.get('/metrics')).text;
    expect(text).toContain('cuvee_workers{state="broken"} 1\n');
    expect(text).toContain('cuvee_workers{state="lost"} 1\n');
    expect(text).toContain('cuvee_failed_attempts_total{class="timeout"} 0\n');
  });
});

describe('a sweep whose runs nobody starts', () => {
  it('says why, until a worker could', async () => {
    for (const id of ['a', 'http-1', 'broken-1']) await say(id, { sequence: 9, state: 'stopped' });
    const corpusId = await api.corpus();
    const created = await api.post('/v1/sweeps', { corpusId, strategy: { name: 'regmix', runs: 8 } });
    const sweep = async () => (await api.get(`/v1/sweeps/${created.body.id}`)).body;
    expect(created.body.unstarted).toBe('8 runs wait, and no worker is there to train them.');
    await say('d', { trainers: ['mine', 'other'] });
    expect((await sweep()).unstarted).toBe(
      '8 runs wait, and no worker has the trainer "transformer"; those that are there have: mine, other.',
    );
    await say('e', { state: 'broken', reason: 'infrastructure: no CUDA device' });
    expect((await sweep()).unstarted).toBe(
      '8 runs wait, and every worker that could train them takes none for now. node-1: infrastructure: no CUDA device',
    );
    await say('f', { busy: 2 });
    expect((await sweep()).unstarted).toBeNull();
    await api.post(`/v1/sweeps/${created.body.id}/cancel`);
  });

  it('shows its failures by class with the commonest message and what to do, and each run its own', async () => {
    const corpusId = await api.corpus();
    const created = await api.post('/v1/sweeps', { corpusId, strategy: { name: 'regmix', runs: 8 } });
    const path = `/v1/sweeps/${created.body.id}`;
    expect((await api.get(`${path}/failures`)).body).toEqual({ failures: [] });
    const failures: Record<string, object> = {
      '0 1': { type: 'failed', class: 'infrastructure', message: 'no CUDA device' },
      '0 2': { type: 'failed', class: 'data', message: 'web.txt is empty' },
      '1 1': { type: 'diverged', step: 4, trainLoss: 'NaN', reason: 'the loss is NaN' },
    };
    const index = new Map<string, number>();
    const { runs } = (await api.get(`${path}/runs`)).body;
    for (const run of runs) index.set(run.id, run.index);
    await work(
      api.queue,
      async () => ['failed', 'fitting', 'cancelled'].includes((await api.get(path)).body.state),
      (assignment) => {
        const failure = failures[`${index.get(assignment.runId)} ${assignment.attempt}`];
        return (failure ?? { type: 'failed', class: 'configuration', message: 'width is too small' }) as never;
      },
    );
    const found = (await api.get(`${path}/failures`)).body.failures;
    expect(found.map((one: Record<string, unknown>) => [one.class, one.attempts, one.times, one.message])).toEqual([
      ['configuration', 6, 6, 'width is too small'],
      ['data', 1, 1, 'web.txt is empty'],
      ['diverged', 1, 1, 'the loss is NaN'],
      ['infrastructure', 1, 1, 'no CUDA device'],
    ]);
    for (const { advice } of found) expect(advice).toMatch(/^[A-Z].*\.$/);
    const run = (await api.get(`/v1/runs/${runs[0].id}`)).body;
    expect(run.failures).toEqual({ infrastructure: 1, data: 1 });
    expect(run.attempts.map((attempt: Record<string, unknown>) => attempt.failureClass)).toEqual([
      'infrastructure',
      'data',
    ]);
    expect((await api.get('/metrics')).text).toContain('cuvee_failed_attempts_total{class="configuration"} 6\n');
    expect((await api.get('/v1/sweeps/none/failures')).status).toBe(404);
  });
});
