import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Assignment, type AttemptReport, transformerParametersSchema } from '#libs/contracts';
import { QueueModule } from '#libs/queue';
import { type Consumption, REPORT_INBOX, type ReportInbox, RUN_QUEUE, type RunQueue } from '#libs/sweeps';
import { withDatabase } from '#libs/testing';
import { startWorker } from './main.js';

const database = withDatabase();
const folder = mkdtempSync(join(tmpdir(), 'real-queue-'));
const reports: AttemptReport[] = [];
let api: INestApplicationContext;
let runs: RunQueue;
let inbox: Consumption;

beforeAll(async () => {
  mkdirSync(join(folder, 'data'));
  for (const name of ['web', 'code']) writeFileSync(join(folder, 'data', `${name}.txt`), name);
  api = await NestFactory.createApplicationContext(QueueModule.forApi({ databaseUrl: database.url }), {
    logger: false,
  });
  runs = api.get<RunQueue>(RUN_QUEUE);
  inbox = api.get<ReportInbox>(REPORT_INBOX).consume(async (report) => {
    if (report.type !== 'worker') reports.push(report);
  });
});
afterAll(async () => {
  await inbox?.close();
  await api?.close();
  rmSync(folder, { recursive: true, force: true });
});

function assignment(runId: string): Assignment {
  return {
    sweepId: 'swp_1',
    runId,
    attempt: 1,
    seed: 7,
    fidelity: 'proxy',
    trainer: { name: 'transformer', parameters: transformerParametersSchema.parse({}) },
    domains: ['web', 'code'].map((name) => ({ name, source: `${name}.txt`, weight: 0.5, tokens: 1000 })),
    checkpoints: { everySteps: 0, keepFinal: false },
    leaseSeconds: 30,
  };
}

function start(behaviour: string) {
  return startWorker({
    databaseUrl: database.url,
    dataRoot: join(folder, 'data'),
    workDir: join(folder, 'work'),
    logLevel: 'silent',
    trainers: {
      transformer: {
        command: [process.execPath, fileURLToPath(new URL('fixtures/fake-trainer.mjs', import.meta.url)), behaviour],
        wallTimeSeconds: 60,
      },
    },
  });
}

async function until(runId: string, type: AttemptReport['type']): Promise<AttemptReport> {
  const end = performance.now() + 20_000;
  for (;;) {
    const found = reports.find((report) => report.runId === runId && report.type === type);
    if (found) return found;
    if (performance.now() > end) throw new Error(`no ${type} report of ${runId}: ${JSON.stringify(reports)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a worker on a real queue', () => {
  it('takes an assignment and reports its result, in order', async () => {
    const worker = await start('result');
    await runs.enqueue(assignment('run_a'));
    expect(await until('run_a', 'result')).toMatchObject({ workerId: worker.workerId, tokens: 500 });
    const types = reports.filter((report) => report.runId === 'run_a').map((report) => report.type);
    expect(types.filter((type) => type !== 'progress')).toEqual(['started', 'backend', 'result']);
    await worker.close();
  });

  it('stops a run that the API gives up, and takes the next', async () => {
    const worker = await start('hang');
    await runs.enqueue(assignment('run_b'));
    await until('run_b', 'started');
    await runs.requestStop({ runId: 'run_b', attempt: 1 }, 'the sweep was cancelled');
    await runs.enqueue(assignment('run_c'));
    await until('run_c', 'started');
    expect(reports.filter((report) => report.runId === 'run_b').map((report) => report.type)).toEqual(['started']);
    await worker.close();
    expect((await until('run_c', 'released')).type).toBe('released');
  });

  it('as a process: releases its run on SIGTERM and ends with 0', async () => {
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, [fileURLToPath(new URL('fixtures/worker-process.mjs', import.meta.url))], {
      env: { PATH, HOME, DATABASE_URL: database.url, CUVEE_HOME: folder, CUVEE_LOG_LEVEL: 'silent' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    try {
      // Its own trainer may or may not be built: either way it speaks for itself and leaves in order.
      await runs.enqueue(assignment('run_d'));
      await until('run_d', 'started');
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      const last = reports.filter((report) => report.runId === 'run_d').at(-1);
      expect(['released', 'failed', 'result']).toContain(last?.type);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
