import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AttemptReportInput, CommandTrainer } from '#libs/contracts';
import { assignment, eventually, isAlive } from '#libs/testing';
import { executeAssignment, type WorkerIdentity } from './execute-assignment.js';
import { GpuSlots } from './gpu-slots.js';
import { defaultLimits } from './run-trainer.js';
import type { TrainerEntry } from './trainer-manifest.js';

const program = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
const fileEntry = (behaviour = 'result'): TrainerEntry => ({
  command: [process.execPath, program('file-program'), '{folder}', behaviour, '{assignment}'],
  reports: 'file',
  gpus: 0,
  environment: ['PASSED_ON'],
  set: { GREETING: 'hello' },
  wallTimeSeconds: 60,
});

let folder: string;
let reports: AttemptReportInput[];
let logged: string;
let gpus: GpuSlots;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-trainer-'));
  mkdirSync(join(folder, 'data'));
  for (const name of ['web.txt', 'code']) writeFileSync(join(folder, 'data', name), name);
  reports = [];
  logged = '';
  gpus = new GpuSlots(['3', '7']);
  vi.stubEnv('PASSED_ON', 'yes');
  vi.stubEnv('NOT_PASSED_ON', 'sentinel');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function execute(entry: TrainerEntry, trainer: Partial<CommandTrainer> = {}, stop = new AbortController().signal) {
  const worker: WorkerIdentity = {
    workerId: 'w',
    dataRoot: join(folder, 'data'),
    workDir: join(folder, 'work'),
    trainers: { mine: entry },
    limits: { ...defaultLimits, killSeconds: 0.5 },
    gpus,
    reportTiming: { firstRetryMs: 5, longestRetryMs: 20, patienceMs: 5000, progressMs: 0 },
  };
  const outbox = {
    async send(report: AttemptReportInput | { type: 'worker' }) {
      if (report.type !== 'worker') reports.push(report);
    },
  };
  const signals = { stop, shutdown: new AbortController().signal };
  const log = pino({ level: 'debug' }, { write: (line: string) => (logged += line) });
  const run = assignment({ trainer: { name: 'mine', parameters: {}, targets: ['hellaswag-bpb'], ...trainer } });
  return executeAssignment(run, worker, outbox, signals, log);
}

const given = () => JSON.parse((reports.find(({ type }) => type === 'backend') as { reason: string }).reason);

describe("the user's own program", () => {
  it('reports in a file, gets what its entry says and nothing else, and its targets are what counts', async () => {
    expect(await execute(fileEntry(), { parameters: { width: 8 } })).toEqual({ type: 'done' });
    expect(reports.at(-1)).toMatchObject({
      type: 'result',
      losses: { 'hellaswag-bpb': { natsPerToken: 1.25, bitsPerByte: null } },
      expertLoads: [{ layer: 0, domain: 'web', load: [1, 2] }],
    });
    expect(Object.keys((reports.at(-1) as { losses: object }).losses)).toEqual(['hellaswag-bpb']);
    expect(logged).toContain('"unknown":["unasked"]');
    const { cwd, ...rest } = given();
    expect(rest).toEqual({ devices: '', greeting: 'hello', passed: 'yes', secret: null, parameters: { width: 8 } });
    expect(cwd.startsWith(join(folder, 'work', 'run-'))).toBe(true);
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
  });

  it('fails when its result lacks a target', async () => {
    await execute(fileEntry('lacking'));
    expect(reports.at(-1)).toMatchObject({ type: 'failed', message: 'the result lacks a loss for hellaswag-bpb' });
  });

  it('has its GPUs for itself: a second run waits, and says that it lives meanwhile', async () => {
    const entry = { ...fileEntry(), gpus: 2 };
    const other = (await gpus.acquire(1, new AbortController().signal))!;
    const ended = execute(entry);
    await eventually(() => reports.some(({ type }) => type === 'started'));
    expect(readdirSync(folder)).not.toContain('work');
    other.release();
    expect(await ended).toEqual({ type: 'done' });
    expect(given().devices).toBe('3,7');
    expect((await gpus.acquire(2, new AbortController().signal))?.devices).toEqual(['3', '7']);
  });

  it('that waits for GPUs ends at once when it is stopped', async () => {
    await gpus.acquire(2, new AbortController().signal);
    const stop = new AbortController();
    const ended = execute({ ...fileEntry(), gpus: 1 }, {}, stop.signal);
    await eventually(() => reports.length > 0);
    stop.abort('cancelled');
    expect(await ended).toEqual({ type: 'stopped' });
  });

  it('is not started where there are too few GPUs: another worker may have them', async () => {
    await execute({ ...fileEntry(), gpus: 3 });
    const message = 'trainer "mine" needs 3 GPUs and this worker has 2';
    expect(reports.at(-1)).toMatchObject({ type: 'failed', class: 'infrastructure', message });
  });

  it('is not started with parameters that its entry does not allow, and completed with those it leaves out', async () => {
    const parameters = { width: { type: 'integer', maximum: 64, default: 32 } } as const;
    const verdict = await execute({ ...fileEntry(), parameters }, { parameters: { width: 128 } });
    const message = 'parameter "width" must be an integer, at most 64, got 128';
    expect(reports.at(-1)).toMatchObject({ type: 'failed', class: 'configuration', message });
    expect(verdict).toMatchObject({ saidByTrainer: true });
    await execute({ ...fileEntry(), parameters });
    expect(given().parameters).toEqual({ width: 32 });
  });

  it('may write so much and no more, also into its file', async () => {
    await execute({ ...fileEntry(), outputBytes: 200 });
    const message = 'more than 200 bytes of output';
    expect(reports.at(-1)).toMatchObject({ type: 'failed', class: 'internal', message });
  });

  it('that is not there any more fails as the worker’s fault', async () => {
    const gone = join(folder, 'gone');
    await execute({ command: [gone], gpus: 0, wallTimeSeconds: 5 });
    expect(reports.at(-1)).toMatchObject({ type: 'failed', class: 'infrastructure' });
    writeFileSync(gone, 'no program', { mode: 0o644 });
    await execute({ command: [gone], gpus: 0, wallTimeSeconds: 5 });
    expect(reports.at(-1)).toMatchObject({ class: 'infrastructure', stderrTail: expect.stringContaining('EACCES') });
  });

  it('leaves nothing behind: what it started and left is ended with it', async () => {
    const pids = join(folder, 'pids');
    const entry: TrainerEntry = {
      command: [process.execPath, program('stubborn-program'), pids],
      gpus: 0,
      wallTimeSeconds: 1.5,
      killSeconds: 0.2,
    };
    await execute(entry);
    expect(reports.at(-1)).toMatchObject({ type: 'failed', class: 'timeout' });
    expect(readFileSync(pids, 'utf8').split(' ').map(Number).filter(isAlive)).toEqual([]);
  });
});
