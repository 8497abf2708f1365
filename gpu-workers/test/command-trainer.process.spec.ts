import 'reflect-metadata';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CorpusResponse,
  RunPage,
  SubmittedSweep,
  SweepFailures,
  SweepResponse,
  WorkerList,
} from '#libs/contracts';
import { QueueModule } from '#libs/queue';
import { StoreModule } from '#libs/store';
import { callApi, eventually, python, skipTorch, withDatabase } from '#libs/testing';
import { apiDefaults } from '../../apps/api/src/config.js';
import { type RunningApi, startWith } from '../../apps/api/src/start-with.js';
import { readWorkerConfig } from '../src/host/config.js';
import { startWorker } from '../src/host/main.js';
import { textOf } from './cluster.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const database = withDatabase();
const folder = mkdtempSync(join(tmpdir(), 'command-trainer-'));
const domains = ['words', 'numbers'].map((name) => ({ name, source: `${name}.jsonl`, tokens: 100_000 }));
let api: RunningApi;
let worker: { close(): Promise<void> };
let corpusId: string;

const manifest = `
trainers:
  pytorch:
    command: [${python}, ${at('../../examples/trainers/pytorch/proxy.py')}, "{assignment}"]
    set: { OMP_NUM_THREADS: "1" }
    parameters:
      layers: { type: integer, minimum: 1, maximum: 2, default: 1 }
      width: { type: integer, maximum: 64, default: 16 }
      heads: { type: integer, default: 2 }
      contextLength: { type: integer, default: 16 }
      batchSize: { type: integer, default: 8 }
      steps: { type: integer, maximum: 100, default: 60 }
      evaluationTokens: { type: integer, default: 512 }
  benchmark:
    command: [${process.execPath}, ${at('../src/host/fixtures/benchmark-program.mjs')}]
`;

beforeAll(async () => {
  mkdirSync(join(folder, 'data'));
  for (const { name } of domains) writeFileSync(join(folder, 'data', `${name}.jsonl`), textOf(name));
  writeFileSync(join(folder, 'trainers.yaml'), manifest);
  const { url: databaseUrl } = database;
  const modules = [StoreModule.forRoot({ databaseUrl }), QueueModule.forApi({ databaseUrl })];
  api = await startWith({ ...apiDefaults, port: 0, databaseUrl }, modules, pino({ level: 'silent' }));
  // As a worker finds it: trainers.yaml in its home folder.
  const environment = {
    PATH: process.env.PATH,
    DATABASE_URL: databaseUrl,
    CUVEE_HOME: folder,
    CUVEE_CONCURRENCY: '2',
    CUVEE_MEASURE: 'false',
    CUVEE_LOG_LEVEL: 'silent',
  };
  worker = await startWorker(readWorkerConfig(environment));
  corpusId = (await call<CorpusResponse>('/v1/corpora', { name: 'toy', domains })).id;
  await eventually(async () => (await call<WorkerList>('/v1/workers')).workers.length === 1);
});
afterAll(async () => {
  await worker?.close();
  await api?.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = <T>(path: string, body?: object) => callApi<T>(api.url + path, body);

const sweepOf = (trainer: object, more: object = {}) =>
  call<SubmittedSweep>('/v1/sweeps', { corpusId, strategy: { name: 'regmix', runs: 8 }, trainer, ...more });

/** As it is when it has ended. */
async function ended(id: string) {
  return eventually(async () => {
    const sweep = await call<SweepResponse>(`/v1/sweeps/${id}`);
    return ['completed', 'failed'].includes(sweep.state) && sweep;
  }, 100_000);
}

describe("a sweep with the user's own program", () => {
  it.skipIf(skipTorch())(
    'goes through REST from submission to a confirmed mixture, trained by PyTorch',
    {
      timeout: 120_000,
    },
    async () => {
      const { id, notes } = await sweepOf({ name: 'pytorch', parameters: { steps: 40 } });
      expect(notes).toEqual([]);
      const sweep = await ended(id);
      expect(sweep).toMatchObject({ state: 'completed', progress: { total: 20, runs: { succeeded: 20 } } });
      expect(Object.keys(sweep.confirmation!.weights).sort()).toEqual(['numbers', 'words']);
      const { runs } = await call<RunPage>(`/v1/sweeps/${id}/runs?limit=100`);
      for (const { observation } of runs) {
        expect(observation).toMatchObject({ tokens: 40 * 8 * 16, backend: 'external', parameters: 7664 });
        const { bitsPerByte, natsPerToken } = observation!.losses.words!;
        expect(bitsPerByte).toBeCloseTo(Number(natsPerToken) / Math.LN2, 10);
      }
      // More of a domain's text, a lower loss on what was held out of it.
      for (const { name } of domains) {
        runs.sort((a, b) => a.weights[name]! - b.weights[name]!);
        const [least, most] = [runs[0]!, runs.at(-1)!].map(({ observation }) =>
          Number(observation!.losses[name]!.natsPerToken),
        );
        expect(most).toBeLessThan(least!);
      }
    },
  );

  it('measures what the program says it measures, domains or not', { timeout: 60_000 }, async () => {
    const trainer = { name: 'benchmark', targets: ['hellaswag-bpb'] };
    const { id } = await sweepOf(trainer, { objective: { targets: { 'hellaswag-bpb': 1 } } });
    const sweep = await ended(id);
    expect(sweep).toMatchObject({ state: 'completed', targets: ['hellaswag-bpb'] });
    // The score falls with the share of words.
    expect(sweep.confirmation!.weights.words).toBeGreaterThan(0.6);
    const refused = await sweepOf(trainer, { objective: { targets: { words: 1 } } });
    expect(refused).toMatchObject({ code: 'target-unknown' });
    expect(JSON.stringify(refused)).toContain('hellaswag-bpb');
  });

  it('ends runs at once whose parameters the worker does not allow, and says what it allows', async () => {
    const { id } = await sweepOf({ name: 'pytorch', parameters: { width: 128 } }, { maxAttempts: 1 });
    const { reason } = await ended(id);
    expect(reason).not.toBeNull();
    const { failures } = await call<SweepFailures>(`/v1/sweeps/${id}/failures`);
    expect(failures).toMatchObject([{ class: 'configuration' }]);
    expect(JSON.stringify(failures)).toContain('parameter \\"width\\" must be an integer, at most 64, got 128');
  });

  it('is accepted for a trainer that no worker has yet, with a note', async () => {
    const { id, notes } = await sweepOf({ name: 'elsewhere' });
    expect(notes).toEqual([
      'trainer.name: no worker has "elsewhere" now, and the runs wait for one; those that are there have: ' +
        'benchmark, pytorch, transformer',
    ]);
    await call(`/v1/sweeps/${id}/cancel`, {});
  });
});
