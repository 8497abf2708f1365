import 'reflect-metadata';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CorpusResponse, SubmittedSweep, SweepFailures, SweepResponse, WorkerResponse } from '#libs/contracts';
import { QueueModule } from '#libs/queue';
import { StoreModule } from '#libs/store';
import { callApi, eventually, withDatabase } from '#libs/testing';
import { apiDefaults } from '../../apps/api/src/config.js';
import { type RunningApi, startWith } from '../../apps/api/src/start-with.js';
import { startWorker } from '../src/host/main.js';

const database = withDatabase();
const folder = mkdtempSync(join(tmpdir(), 'sick-worker-'));
const program = fileURLToPath(new URL('../src/host/fixtures/fake-trainer.mjs', import.meta.url));
let api: RunningApi;
const workers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  mkdirSync(join(folder, 'data'));
  for (const name of ['web', 'code']) writeFileSync(join(folder, 'data', `${name}.txt`), name);
  const { url: databaseUrl } = database;
  const modules = [StoreModule.forRoot({ databaseUrl }), QueueModule.forApi({ databaseUrl })];
  api = await startWith({ ...apiDefaults, port: 0, databaseUrl }, modules, pino({ level: 'silent' }));
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await api?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A worker whose trainer behaves as one of the fixtures does. */
async function start(workerId: string, behaviour: string): Promise<void> {
  workers.push(
    await startWorker({
      workerId,
      databaseUrl: database.url,
      dataRoot: join(folder, 'data'),
      workDir: join(folder, workerId),
      logLevel: 'silent',
      measure: false,
      trainers: { transformer: { command: [process.execPath, program, behaviour], wallTimeSeconds: 60 } },
    }),
  );
}

const call = <T>(path: string, body?: object) => callApi<T>(api.url + path, body);

it('a worker on which every run fails at once costs a sweep nothing but a few attempts', {
  timeout: 90_000,
}, async () => {
  // The sick one first: it has the whole queue to itself.
  await start('sick', 'noDriver');
  const domains = ['web', 'code'].map((name) => ({ name, source: `${name}.txt`, tokens: 1_000_000 }));
  const corpus = await call<CorpusResponse>('/v1/corpora', { name: 'toy', domains });
  const sweep = await call<SubmittedSweep>('/v1/sweeps', {
    corpusId: corpus.id,
    strategy: { name: 'regmix', runs: 24 },
  });
  const broken = await eventually(async () => {
    const sick = await call<WorkerResponse>('/v1/workers/sick');
    return sick.state === 'broken' && sick;
  }, 50_000);
  expect(broken.reason).toContain('OSError: libcuda.so.1: cannot open shared object file');
  expect((await call<SweepResponse>(`/v1/sweeps/${sweep.id}`)).unstarted).toContain('takes none for now');

  await start('well', 'result');
  const counts = async () => (await call<SweepResponse>(`/v1/sweeps/${sweep.id}`)).fidelities[0]!.runs;
  await eventually(async () => (await counts()).succeeded === 24, 50_000);
  const { failures } = await call<SweepFailures>(`/v1/sweeps/${sweep.id}/failures`);
  // Three to open the breaker; its cool-down is longer than this sweep.
  expect(failures).toMatchObject([{ class: 'infrastructure', attempts: 3 }]);
  expect(await counts()).toMatchObject({ failed: 0, diverged: 0 });
  await call(`/v1/sweeps/${sweep.id}/cancel`, {}).catch(() => undefined);
});
