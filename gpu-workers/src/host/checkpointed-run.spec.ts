import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReportInput } from '#libs/contracts';
import { stopsOfRuns } from '#libs/sweeps';
import { assignment } from '#libs/testing';
import { FolderStore } from '../checkpoints/folder-store.js';
import { defaultReportTiming } from './attempt-reports.js';
import { executeAssignment } from './execute-assignment.js';
import { defaultLimits } from './run-trainer.js';

const script = fileURLToPath(new URL('fixtures/checkpointing-trainer.mjs', import.meta.url));

let folder: string;
let logged: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpointed-run-'));
  mkdirSync(join(folder, 'data', 'code'), { recursive: true });
  writeFileSync(join(folder, 'data', 'web.txt'), 'web');
  logged = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** One attempt; `during` runs once the first checkpoint is reported. */
async function run(
  behaviour: string,
  options: {
    attempt?: number;
    keepFinal?: boolean;
    checkpoints?: boolean;
    /** The API refuses the result: the attempt was given up meanwhile. */
    refused?: boolean;
    during?: (end: { stop(reason: string): void; shutDown(): void }) => void;
  } = {},
) {
  const { attempt = 1, keepFinal = false, checkpoints = true, refused = false, during } = options;
  const reports: ReportInput[] = [];
  const [stop, shutdown] = [new AbortController(), new AbortController()];
  const store = new FolderStore(join(folder, 'store'));
  const done = executeAssignment(
    assignment({ runId: 'run_1', attempt, checkpoints: { everySteps: 0, keepFinal } }),
    {
      workerId: 'worker',
      dataRoot: join(folder, 'data'),
      workDir: join(folder, 'work'),
      trainers: { transformer: { command: [process.execPath, script, behaviour], wallTimeSeconds: 30 } },
      limits: { ...defaultLimits, killSeconds: behaviour === 'unmoved' ? 0.2 : 5 },
      reportTiming: defaultReportTiming,
      ...(checkpoints && { checkpoints: { store, everySeconds: 60 } }),
    },
    {
      send: async (report) => {
        reports.push(report);
        if (refused && report.type === 'result') stop.abort('the lease ran out');
      },
    },
    { stop: stop.signal, shutdown: shutdown.signal },
    pino({ level: 'warn' }, { write: (line: string) => logged.push((JSON.parse(line) as { msg: string }).msg) }),
  );
  if (during) {
    await vi.waitFor(() => expect(reports.map(({ type }) => type)).toContain('checkpoint'), 10_000);
    during({ stop: (reason) => stop.abort(reason), shutDown: () => shutdown.abort() });
  }
  const verdict = await done;
  const told = reports.map((report) => ('step' in report ? [report.type, report.step] : [report.type]));
  return { verdict, told, kept: (await store.list('run_1')).sort((a, b) => a.step - b.step) };
}

const key = (step: number, attempt = 1, final = false) => ({ runId: 'run_1', attempt, step, final });

describe('a run with checkpoints', () => {
  it('whose worker shuts down reports the last checkpoint, then that it is handed back, and goes on from there', async () => {
    const first = await run('untilToldToGo', { during: ({ shutDown }) => shutDown() });
    expect(first.told).toEqual([['started'], ['checkpoint', 5], ['checkpoint', 7], ['released']]);
    expect(first.kept).toEqual([key(5), key(7)]);
    // What was only begun is gone, and so is the attempt's own folder.
    expect(readdirSync(join(folder, 'store', 'run_1', '1')).sort()).toEqual(['5', '7']);
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
    const second = await run('untilToldToGo', { attempt: 2, during: ({ shutDown }) => shutDown() });
    expect(second.told).toEqual([['started'], ['resumed', 7], ['checkpoint', 12], ['checkpoint', 14], ['released']]);
    expect(logged).toEqual([]);
  });

  it('is handed back with the checkpoint before, when the trainer is not moved to write another', async () => {
    const { told, kept } = await run('unmoved', { during: ({ shutDown }) => shutDown() });
    expect(told).toEqual([['started'], ['checkpoint', 5], ['released']]);
    expect(kept).toEqual([key(5)]);
  });

  it.each(Object.values(stopsOfRuns))('leaves nothing behind when it is stopped because %s', async (reason) => {
    const { told, kept } = await run('untilToldToGo', { during: ({ stop }) => stop(reason) });
    expect(told).toEqual([['started'], ['checkpoint', 5]]);
    expect(kept).toEqual([]);
    expect(existsSync(join(folder, 'store', 'run_1'))).toBe(false);
  });

  it('leaves its checkpoints to the next attempt when it is stopped because this one has lost it', async () => {
    const { kept } = await run('untilToldToGo', { during: ({ stop }) => stop('the lease ran out') });
    expect(kept).toEqual([key(5)]);
  });

  it('leaves them too when its result is refused: another attempt goes on from there', async () => {
    const { verdict, told, kept } = await run('result', { refused: true });
    expect(told.at(-1)).toEqual(['result']);
    expect(verdict).toEqual({ type: 'stopped' });
    expect(kept).toEqual([key(5)]);
  });

  it('leaves nothing behind when it has its result or diverged, but the final weights if they are kept', async () => {
    expect(await run('result')).toMatchObject({ told: [['started'], ['checkpoint', 5], ['result']], kept: [] });
    expect((await run('diverged', { keepFinal: true })).kept).toEqual([]);
    expect((await run('fails')).kept).toEqual([key(5)]);
    expect((await run('result', { attempt: 2, keepFinal: true })).kept).toEqual([key(10, 2, true)]);
    expect(logged.filter((message) => !message.startsWith('failed:'))).toEqual([]);
  });

  it('goes on to its result when the disk is full, and the worker says so once', async () => {
    const { told } = await run('fullDisk');
    expect(told).toEqual([['started'], ['result']]);
    expect(logged).toEqual(['trouble in writing a checkpoint; the training goes on']);
  });

  it('on a worker that keeps none does without', async () => {
    expect((await run('fullDisk', { checkpoints: false })).told).toEqual([['started'], ['result']]);
  });
});
