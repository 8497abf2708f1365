import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunDetailResponse, SweepResponse, WorkerList } from '#libs/contracts';
import { eventually, isAlive, Program, withDatabase } from '#libs/testing';
import { type RunningApi, startApi } from '../../../apps/api/src/main.js';
import { startWorker, type WorkerConfig } from '../host/main.js';

/** Short, so that a worker that died is noticed within a second or two. */
const leaseSeconds = 2;
/** On a busy machine the API gives every lease more time before it declares a worker dead. */
const patience = 40_000;

const database = withDatabase();
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const trainer = fixture('steered-trainer.mjs');
let folder: string;
let hold: string;
let api: RunningApi;
const workers: (Program & { workerId: string })[] = [];
const closings: (() => Promise<void>)[] = [];
let names = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pull-workers-'));
  mkdirSync(join(folder, 'data'));
  for (const name of ['web', 'code']) writeFileSync(join(folder, 'data', `${name}.txt`), name);
  hold = join(folder, 'hold');
  api = await startApi({ port: 0, databaseUrl: database.url, leaseSeconds, logLevel: 'silent' });
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  await api?.close();
  rmSync(folder, { recursive: true, force: true });
});

let sweepId: string;
beforeEach(() => rmSync(join(folder, 'started'), { force: true }));
afterEach(async () => {
  await post(`/v1/sweeps/${sweepId}/cancel`);
  await Promise.all(closings.splice(0).map((close) => close()));
  rmSync(hold, { force: true });
});

async function post<T>(path: string, body: unknown = {}): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return (await (await fetch(api.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as T;
}
const get = async <T>(path: string) => (await (await fetch(api.url + path)).json()) as T;

async function submit(): Promise<void> {
  names += 1;
  const domains = ['web', 'code'].map((name) => ({ name, source: `${name}.txt`, tokens: 1_000_000 }));
  const corpus = await post<{ id: string }>('/v1/corpora', { name: `corpus ${names}`, domains });
  const fit = { model: 'linear', samples: 2000, top: 16 };
  const body = { corpusId: corpus.id, strategy: { name: 'regmix', runs: 8 }, fit };
  sweepId = (await post<{ id: string }>('/v1/sweeps', body)).id;
}

function configOf(changes: { pullUrl?: string; concurrency?: number } = {}): WorkerConfig {
  names += 1;
  return {
    pullUrl: api.url,
    workerId: `puller-${names}`,
    dataRoot: join(folder, 'data'),
    workDir: join(folder, `work-${names}`),
    trainers: { transformer: { command: [process.execPath, trainer, folder], wallTimeSeconds: 60 } },
    measure: false,
    ...changes,
  };
}

/** One that another test has left alive, or a new one: starting a process takes seconds. */
async function livingProcess(): Promise<Program & { workerId: string }> {
  const living = workers.find(({ child }) => child.exitCode === null && child.signalCode === null);
  if (living !== undefined) return living;
  const config = configOf({ concurrency: 2 });
  const child = spawn(process.execPath, [fixture('worker-process.mjs'), JSON.stringify(config)]);
  const worker = Object.assign(new Program(child), { workerId: config.workerId ?? '' });
  workers.push(worker);
  await worker.line('ready');
  return worker;
}

async function startHere(config: WorkerConfig): Promise<string> {
  const worker = await startWorker({ ...config, logLevel: 'silent' });
  closings.push(worker.close);
  return worker.workerId;
}

/** What trainers have begun in this test. */
function started(): { runId: string; attempt: number; pid: number }[] {
  const path = join(folder, 'started');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([runId = '', attempt, pid]) => ({ runId, attempt: Number(attempt), pid: Number(pid) }));
}

const firstStart = () => eventually(() => started()[0]);
const detail = (runId: string) => get<RunDetailResponse>(`/v1/runs/${runId}`);
const until = (runId: string, state: RunDetailResponse['state']) =>
  eventually(async () => {
    const run = await detail(runId);
    return run.state === state && run;
  }, patience);
const statesOf = ({ attempts }: RunDetailResponse) => attempts.map(({ number, state }) => [number, state]);

async function runsOfSweep(): Promise<RunDetailResponse[]> {
  const page = await get<{ runs: { id: string }[] }>(`/v1/sweeps/${sweepId}/runs?limit=100`);
  return Promise.all(page.runs.map(({ id }) => detail(id)));
}

/** The runs of the design, once each has succeeded. */
async function designRuns(): Promise<RunDetailResponse[]> {
  await eventually(async () => {
    const { progress } = await get<SweepResponse>(`/v1/sweeps/${sweepId}`);
    return (progress.runs.succeeded ?? 0) >= 8;
  }, 50_000);
  return (await runsOfSweep()).filter(({ role }) => role === 'design');
}

describe('pull workers', () => {
  it('complete a sweep without a route to any queue, each run recorded at its first attempt', async () => {
    await submit();
    const { workerId } = await livingProcess();
    const sweep = await eventually(async () => {
      const now = await get<SweepResponse>(`/v1/sweeps/${sweepId}`);
      return ['completed', 'failed'].includes(now.state) && now;
    }, 50_000);
    expect([sweep.state, sweep.reason]).toEqual(['completed', null]);
    const runs = await runsOfSweep();
    expect(runs.length).toBeGreaterThan(8);
    for (const run of runs) {
      expect(run.state).toBe('succeeded');
      expect(run.attempts).toMatchObject([{ number: 1, state: 'succeeded', workerId, backend: 'cpu' }]);
      expect(run.observation?.tokens).toBe(1000);
    }
    expect(started()).toHaveLength(runs.length);
    const { workers: known } = await get<WorkerList>('/v1/workers');
    expect(known.find(({ id }) => id === workerId)).toMatchObject({ transport: 'http', slots: 2 });
  });

  it('are refused when they wake after their lease, and go on with other runs', async () => {
    writeFileSync(hold, '');
    await submit();
    const zombie = await livingProcess();
    const { runId } = await firstStart();
    zombie.child.kill('SIGSTOP');
    await eventually(async () => (await detail(runId)).attempts[0]?.state === 'lost', patience);
    const other = await startHere(configOf({ concurrency: 8 }));
    rmSync(hold);
    const run = await until(runId, 'succeeded');
    expect(run.attempts.map(({ number, workerId }) => [number, workerId])).toEqual([
      [1, zombie.workerId],
      [2, other],
    ]);
    // Its trainer has finished meanwhile: the result lies in its pipe when it wakes.
    zombie.child.kill('SIGCONT');
    await eventually(() => /is over|stopped: the API has decided/.test(zombie.errors), patience);
    expect(await detail(runId)).toEqual(run);
    expect(zombie.child.exitCode).toBeNull();
  });

  it('lose a run that they were killed with, and another does it', async () => {
    writeFileSync(hold, '');
    await submit();
    const worker = await livingProcess();
    const { runId, pid } = await firstStart();
    await worker.end('SIGKILL');
    await eventually(() => !isAlive(pid));
    const other = await startHere(configOf({ concurrency: 8 }));
    rmSync(hold);
    const run = await until(runId, 'succeeded');
    expect(statesOf(run)).toEqual([
      [1, 'lost'],
      [2, 'succeeded'],
    ]);
    expect(run.attempts[1]?.workerId).toBe(other);
    expect(run.observation).not.toBeNull();
  });

  it('hand a run back on SIGTERM, which is no failure', async () => {
    writeFileSync(hold, '');
    await submit();
    const worker = await livingProcess();
    const { runId, pid } = await firstStart();
    expect(await worker.end('SIGTERM')).toBe(0);
    const run = await detail(runId);
    // The next attempt may wait in the queue already.
    expect(statesOf(run)[0]).toEqual([1, 'released']);
    expect(run).toMatchObject({ failures: {}, observation: null });
    expect(['waiting', 'queued']).toContain(run.state);
    expect(isAlive(pid)).toBe(false);
  });

  it('go on while the API is restarted, and tell it the result', async () => {
    writeFileSync(hold, '');
    await submit();
    // The new API may get another port: the workers know the door before it.
    const door = await openDoor();
    await startHere(configOf({ pullUrl: door.url }));
    const { runId, pid } = await firstStart();
    await api.close();
    try {
      rmSync(hold);
      await eventually(() => !isAlive(pid));
    } finally {
      api = await startApi({ port: 0, databaseUrl: database.url, leaseSeconds, logLevel: 'silent' });
    }
    const run = await until(runId, 'succeeded');
    expect(statesOf(run)).toEqual([[1, 'succeeded']]);
  });

  it('stop the trainer of a cancelled sweep within a heartbeat, and take the next one', async () => {
    writeFileSync(hold, '');
    await submit();
    const workerId = await startHere(configOf());
    const { runId, pid } = await firstStart();
    await post(`/v1/sweeps/${sweepId}/cancel`);
    await eventually(() => !isAlive(pid), 5000);
    expect(statesOf(await detail(runId))).toEqual([[1, 'cancelled']]);
    await submit();
    const next = await eventually(() => started()[1]);
    expect((await detail(next.runId)).attempts).toMatchObject([{ number: 1, workerId }]);
  });

  it('are given a lease again whose answer was lost', async () => {
    await submit();
    const door = await openDoor(2);
    await startHere(configOf({ pullUrl: door.url }));
    await eventually(() => door.lost() === 2);
    const runs = await designRuns();
    expect(runs.map(statesOf)).toEqual(runs.map(() => [[1, 'succeeded']]));
    const ids = runs.map(({ id }) => id);
    expect(started().filter(({ runId }) => ids.includes(runId))).toHaveLength(8);
  });

  it('share a sweep with workers of the queue, and no run is recorded by both', async () => {
    await submit();
    const { pullUrl: _, ...rest } = configOf({ concurrency: 2 });
    const queueWorker = await startHere({ ...rest, databaseUrl: database.url } as WorkerConfig);
    const puller = await startHere(configOf({ concurrency: 2 }));
    const runs = await designRuns();
    expect(runs.map(({ attempts }) => attempts.filter(({ state }) => state === 'succeeded').length)).toEqual(
      runs.map(() => 1),
    );
    const by = runs.map(({ attempts }) => attempts.find(({ state }) => state === 'succeeded')?.workerId);
    expect(by.every((id) => id === queueWorker || id === puller)).toBe(true);
    expect(runs.flatMap(({ attempts }) => attempts.map(({ state }) => state)).filter((s) => s === 'failed')).toEqual(
      [],
    );
  });
});

/** Stands before the API, below a path of its own, and loses the answers of the first leases that it gives. */
async function openDoor(losing = 0): Promise<{ url: string; lost(): number }> {
  let lost = 0;
  const server: Server = createServer(async (request, response) => {
    try {
      const body: Buffer[] = [];
      for await (const chunk of request) body.push(chunk as Buffer);
      const path = request.url?.replace('/behind/a/prefix', '') ?? '';
      const given = { 'content-type': request.headers['content-type'] ?? '' };
      const answer = await fetch(api.url + path, { method: request.method, headers: given, body: Buffer.concat(body) });
      const text = await answer.text();
      if (path === '/v1/leases' && answer.status === 200 && lost < losing) {
        lost += 1;
        response.destroy();
        return;
      }
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(answer.status === 204 ? undefined : text);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closings.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/behind/a/prefix/`, lost: () => lost };
}
