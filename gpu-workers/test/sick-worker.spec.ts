import 'reflect-metadata';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { QueueModule } from '#libs/queue';
import { StoreModule } from '#libs/store';
import { withDatabase } from '#libs/testing';
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

async function call(path: string, body?: object) {
  const response = await fetch(api.url + path, {
    ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to find
  return (await response.json()) as any;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 50_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

it('a worker on which every run fails at once costs a sweep nothing but a few attempts', {
  timeout: 90_000,
}, async () => {
  // The sick one first: it has the whole queue to itself.
  await start('sick', 'noDriver');
  const domains = ['web', 'code'].map((name) => ({ name, source: `${name}.txt`, tokens: 1_000_000 }));
  const corpus = await call('/v1/corpora', { name: 'toy', domains });
  const sweep = await call('/v1/sweeps', { corpusId: corpus.id, strategy: { name: 'regmix', runs: 24 } });
  await until('it is broken', async () => (await call('/v1/workers/sick')).state === 'broken');
  const broken = await call('/v1/workers/sick');
  expect(broken.reason).toContain('OSError: libcuda.so.1: cannot open shared object file');
  expect((await call(`/v1/sweeps/${sweep.id}`)).unstarted).toContain('takes none for now');

  await start('well', 'result');
  const counts = async () => (await call(`/v1/sweeps/${sweep.id}`)).fidelities[0].runs;
  await until('all runs have succeeded', async () => (await counts()).succeeded === 24);
  const { failures } = await call(`/v1/sweeps/${sweep.id}/failures`);
  // Three to open the breaker; its cool-down is longer than this sweep.
  expect(failures).toMatchObject([{ class: 'infrastructure', attempts: 3 }]);
  expect(await counts()).toMatchObject({ failed: 0, diverged: 0 });
  await call(`/v1/sweeps/${sweep.id}/cancel`, {}).catch(() => undefined);
});
