import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type TrainerMessage, trainerMessageSchema } from '#libs/contracts';
import { eventually, FakeS3, type S3Request, withDatabase } from '#libs/testing';
import { assignmentFile, Cluster, parameters, trainerProgram, type Worker } from './cluster.js';

const database = withDatabase();
let folder: string;
let cluster: Cluster;
let whole: { weights: Buffer; losses: object; evaluations: Map<number, object> };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'killed-worker-'));
  cluster = await Cluster.start(folder, database.url, 3);
  whole = await trainUninterrupted();
});
afterEach(() => cluster.killWorkers());
afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function trainUninterrupted(): Promise<typeof whole> {
  const own = join(folder, 'uninterrupted');
  mkdirSync(own);
  writeFileSync(join(own, 'assignment.json'), JSON.stringify(assignmentFile(join(folder, 'data'), own)));
  const program = [trainerProgram, '--standalone', join(own, 'assignment.json')];
  const { stdout: output } = await promisify(execFile)(process.execPath, program, { timeout: 60_000 });
  const messages = output
    .trim()
    .split('\n')
    .map((line): TrainerMessage => trainerMessageSchema.parse(JSON.parse(line)));
  const result = messages.at(-1);
  if (result?.type !== 'result') throw new Error(`expected a result, got ${JSON.stringify(result)}`);
  return {
    weights: readFileSync(join(own, `step-${parameters.steps}`, 'weights.safetensors')),
    losses: result.losses,
    evaluations: new Map(
      messages.flatMap((m) => (m.type === 'progress' && m.losses ? [[m.step, m.losses] as const] : [])),
    ),
  };
}

/** Ten times a worker is killed when this comes true of it; then the next one is started. */
type Moment = (worker: Worker, kill: () => void) => (() => void) | undefined;

/** As soon as the trainer has chosen its backend: nothing of this attempt is kept. */
const atStart: Moment = (worker, kill) => {
  worker.onLine = ({ msg }) => msg === 'backend chosen' && kill();
  return undefined;
};
/** When so many checkpoints of this attempt are kept. */
const afterCheckpoints =
  (count: number): Moment =>
  (worker, kill) => {
    let saved = 0;
    worker.onLine = ({ msg }) => msg === 'checkpoint saved' && ++saved === count && kill();
    return undefined;
  };

async function runWithKills(environment: NodeJS.ProcessEnv, moments: Moment[]): Promise<string> {
  const { id } = await cluster.plantRun(20);
  let worker = cluster.startWorker(environment);
  for (const [index, moment] of moments.entries()) {
    const current = worker;
    let undo: (() => void) | undefined;
    await new Promise<void>((resolve, reject) => {
      let killed = false;
      undo = moment(current, () => {
        if (killed) return;
        killed = true;
        current.kill();
        void current.ended.then(() => resolve());
      });
      void current.ended.then((code) => {
        if (!killed)
          reject(new Error(`worker ${index + 1} ended by itself with ${code}: ${JSON.stringify(current.lines)}`));
      });
      void eventually(async () => killed || (await cluster.run(id)).state === 'succeeded', 30_000).then(
        () => !killed && reject(new Error(`the run ended before kill ${index + 1}`)),
        () => reject(new Error(`no kill ${index + 1}: ${JSON.stringify(current.lines)}`)),
      );
    });
    undo?.();
    // It is ready before the lease has run out.
    worker = cluster.startWorker(environment);
    await cluster.untilLost(id, index + 1);
  }
  await eventually(async () => (await cluster.run(id)).state === 'succeeded', 30_000);
  return id;
}

async function expectAsUninterrupted(runId: string, kills: number): Promise<void> {
  const { observation, attempts } = await cluster.detail(runId);
  expect(observation?.losses).toEqual(whole.losses);
  expect(attempts.map(({ state }) => state)).toEqual([...Array(kills).fill('lost'), 'succeeded']);
  const { points } = await cluster.curve(runId);
  let evaluated = 0;
  for (const { step, losses } of points) {
    if (!losses) continue;
    expect(losses).toEqual(whole.evaluations.get(step));
    evaluated++;
  }
  expect(evaluated).toBeGreaterThan(0);
}

describe.skipIf(!existsSync(`/proc/self/task/${process.pid}/children`))('a run whose workers are killed', () => {
  it('ten times at any point comes to the same weights and losses, bit for bit, from a shared folder', async () => {
    const store = join(folder, 'shared');
    /** When something of this name appears where the trainer writes (`step-…`) or the worker seals (`sealing-…`). */
    const whenAppears =
      (name: RegExp, below: string, count = 1): Moment =>
      (worker, kill) => {
        let seen = 0;
        let close = () => {};
        worker.onLine = ({ msg, runId, attempt }) => {
          if (msg !== 'backend chosen') return;
          const watcher = watch(join(store, String(runId), String(attempt), below), (_, file) => {
            if (file !== null && name.test(file) && ++seen === count) kill();
          });
          watcher.on('error', () => {});
          close = () => watcher.close();
        };
        return () => close();
      };
    const runId = await runWithKills({ CUVEE_CHECKPOINTS: store }, [
      atStart,
      whenAppears(/^step-/, 'writing'),
      afterCheckpoints(1),
      whenAppears(/^sealing-/, '.'),
      afterCheckpoints(3),
      whenAppears(/^step-/, 'writing', 5),
      atStart,
      whenAppears(/^sealing-/, '.', 3),
      whenAppears(/^\d+$/, '.', 2),
      afterCheckpoints(2),
    ]);
    await expectAsUninterrupted(runId, 10);
    const { attempts } = await cluster.detail(runId);
    expect(attempts.filter(({ resumedStep }) => resumedStep !== null).length).toBeGreaterThan(5);
    const final = join(store, runId, '11', `${parameters.steps}-final`);
    expect(readFileSync(join(final, 'files', 'weights.safetensors')).equals(whole.weights)).toBe(true);
    expect(JSON.parse(readFileSync(join(final, 'manifest.json'), 'utf8'))).toMatchObject({ attempt: 11, final: true });
    await vi.waitFor(() => expect(readdirSync(join(store, runId))).toEqual(['11']));
    expect(readdirSync(join(store, runId, '11'))).toEqual([`${parameters.steps}-final`]);
  }, 120_000);

  it('in the midst of an upload or a download comes to the same, from an S3-compatible store', async () => {
    const s3 = await FakeS3.start();
    /** Upon the request; what it carries arrives only where `arrives`. */
    const onRequest =
      (method: string, name: RegExp, arrives = false): Moment =>
      (_, kill) => {
        s3.fault = (request: S3Request) => {
          if (request.method !== method || !name.test(request.key)) return undefined;
          kill();
          return arrives ? undefined : 'cut';
        };
        return () => {
          s3.fault = () => undefined;
        };
      };
    try {
      const environment = { ...s3.environment, CUVEE_CHECKPOINTS: `s3://${s3.bucket}/runs` };
      const runId = await runWithKills(environment, [
        onRequest('PUT', /manifest\.json$/, true),
        onRequest('GET', /weights\.safetensors$/),
        onRequest('PUT', /optimizer\.safetensors$/),
        onRequest('PUT', /manifest\.json$/),
        onRequest('PUT', /-final\/manifest\.json$/, true),
      ]);
      await expectAsUninterrupted(runId, 5);
      const final = `runs/${runId}/6/${parameters.steps}-final/files/weights.safetensors`;
      expect(s3.objects.get(final)?.body.equals(whole.weights)).toBe(true);
      await vi.waitFor(() => expect(s3.keys().every((key) => key.startsWith(`runs/${runId}/6/`))).toBe(true));
    } finally {
      await s3.close();
    }
  }, 60_000);

  it('but one that is told to stop hands its run back with a checkpoint of the very step it had come to', async () => {
    const environment = { CUVEE_CHECKPOINTS: join(folder, 'handed-over') };
    const { id } = await cluster.plantRun(0);
    for (const attempt of [1, 2]) {
      const worker = cluster.startWorker(environment);
      await eventually(async () => {
        const run = await cluster.run(id);
        return run.attempt === attempt && run.totalSteps !== null;
      });
      worker.child.kill('SIGTERM');
      expect(await worker.ended).toBe(0);
      await eventually(async () => (await cluster.run(id)).state !== 'running');
    }
    cluster.startWorker(environment);
    await eventually(async () => (await cluster.run(id)).state === 'succeeded', 30_000);
    const { attempts, observation } = await cluster.detail(id);
    expect(observation?.losses).toEqual(whole.losses);
    const [first, second, third] = attempts.map((each) => ({ ...each, checkpointStep: each.checkpointStep ?? 0 }));
    expect(attempts.map(({ state }) => state)).toEqual(['released', 'released', 'succeeded']);
    // Reported after the release it would have been refused.
    expect(first?.checkpointStep).toBeGreaterThan(0);
    expect(second).toMatchObject({ resumedStep: first?.checkpointStep });
    expect(second?.checkpointStep).toBeGreaterThan(first?.checkpointStep ?? 0);
    expect(third).toMatchObject({ resumedStep: second?.checkpointStep, checkpointStep: parameters.steps });
    expect((await cluster.run(id)).failures).toEqual({});
    const { points } = await cluster.curve(id);
    for (const { attempt, step } of points) {
      const of = attempts[attempt - 1];
      expect(step).toBeGreaterThan(of?.resumedStep ?? 0);
      expect(step).toBeLessThanOrEqual(of?.checkpointStep ?? 0);
    }
  }, 60_000);
});
