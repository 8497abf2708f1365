import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, isAlive } from '#libs/testing';
import { defaultLimits, runTrainer, type TrainerOutcome } from '../../../gpu-workers/src/host/run-trainer.js';
import { makeRunFolder } from '../../../gpu-workers/src/host/work-folder.js';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

let folder: string;
let slurm: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slurm-'));
  slurm = join(folder, 'slurm');
  mkdirSync(slurm);
  mkdirSync(join(folder, 'bin'));
  for (const name of ['sbatch', 'squeue', 'sacct', 'scancel']) {
    const script = `#!/bin/sh\nexec '${process.execPath}' '${at('fixtures/fake-slurm.mjs')}' '${slurm}' ${name} "$@"\n`;
    writeFileSync(join(folder, 'bin', name), script, { mode: 0o755 });
  }
});
afterEach(() => {
  const pid = job('pid');
  if (pid !== '' && isAlive(Number(pid))) process.kill(-Number(pid), 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** What the fake cluster keeps of its first job. */
function job(what: 'pid' | 'state'): string {
  const path = join(slurm, `100.${what}`);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

const environment = () => ({ PATH: `${join(folder, 'bin')}:${process.env.PATH}`, FAKE_SLURM: slurm });
const waits = ['--poll-seconds', '0.05', '--settle-seconds', '0.5'];

async function prepare(behaviour: string): Promise<{ runFolder: string; assignmentPath: string }> {
  const runFolder = await makeRunFolder(join(folder, 'work'));
  const assignmentPath = join(runFolder, 'assignment.json');
  const domains = [{ name: 'web', weight: 0.25 }];
  const file = { runId: 'run_1', attempt: 2, parameters: { behaviour }, targets: ['web', 'code'], domains };
  writeFileSync(assignmentPath, JSON.stringify(file));
  return { runFolder, assignmentPath };
}

/** As a worker runs it, with the entry that the annotated trainers.yaml shows. */
async function run(behaviour: string, stop = new AbortController().signal): Promise<TrainerOutcome> {
  const { runFolder, assignmentPath } = await prepare(behaviour);
  return runTrainer({
    entry: {
      command: [
        process.execPath,
        at('slurm.mjs'),
        ...waits,
        '{assignment}',
        '--',
        '--partition=gpu',
        at('fixtures/job.mjs'),
      ],
      reports: 'file',
      wallTimeSeconds: 60,
    },
    assignmentPath,
    folder: runFolder,
    environment: { ...environment(), CUVEE_RUN_FOLDER: runFolder },
    limits: { ...defaultLimits, killSeconds: 10 },
    stop,
    onMessage() {},
  });
}

describe('the trainer that hands its runs to Slurm', () => {
  it('submits the job with its name, folder and partition, and takes its result from the shared file', async () => {
    expect(await run('result')).toMatchObject({
      type: 'result',
      losses: { web: { natsPerToken: 2.25 }, code: { natsPerToken: 2.25 } },
      tokens: 20,
    });
    const [submitted] = readFileSync(join(slurm, 'calls'), 'utf8').split('\n');
    expect(submitted).toMatch(
      /^sbatch --parsable --job-name=cuvee-run_1-2 --chdir=\S+ --output=slurm-%j.out --no-requeue /,
    );
    expect(submitted).toMatch(/ --partition=gpu \S+job.mjs \S+assignment.json$/);
  });

  it.each([
    ['OUT_OF_MEMORY', 'out-of-memory'],
    ['TIMEOUT', 'timeout'],
    ['NODE_FAIL', 'infrastructure'],
    ['PREEMPTED', 'infrastructure'],
    ['CANCELLED', 'infrastructure'],
  ])('tells %s as %s', async (state, failureClass) => {
    const message = `Slurm job 100 ended as ${state}`;
    expect(await run(state)).toMatchObject({ type: 'failed', class: failureClass, message });
  });

  it('shows what a job wrote that failed by itself', async () => {
    expect(await run('raise')).toMatchObject({
      type: 'failed',
      class: 'internal',
      message: 'ended without a result (exit code 1): ValueError: a bug',
    });
  });

  it('tells that Slurm refused the job', async () => {
    writeFileSync(join(slurm, 'refuses'), '');
    const message =
      'sbatch did not take the job: sbatch: error: Batch job submission failed: Invalid partition specified';
    expect(await run('result')).toMatchObject({ type: 'failed', class: 'infrastructure', message });
  });

  it('cancels the job when the run is stopped, and waits for its last checkpoint', async () => {
    const stop = new AbortController();
    const ended = run('wait', stop.signal);
    await eventually(() => existsSync(join(slurm, 'ready')));
    stop.abort('cancelled');
    expect(await ended).toEqual({ type: 'stopped' });
    expect(existsSync(join(slurm, 'checkpointed'))).toBe(true);
    expect(job('state')).toBe('CANCELLED');
    expect(isAlive(Number(job('pid')))).toBe(false);
  });

  it('cancels the job when its worker dies', async () => {
    const { runFolder, assignmentPath } = await prepare('wait');
    const child = spawn(process.execPath, [at('slurm.mjs'), ...waits, assignmentPath, '--', at('fixtures/job.mjs')], {
      cwd: runFolder,
      env: environment(),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await eventually(() => existsSync(join(slurm, 'ready')));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    expect(await gone).toBe(0);
    expect(job('state')).toBe('CANCELLED');
  });
});
