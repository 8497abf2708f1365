// A trainer for Cuvée that hands each run to Slurm: node slurm.mjs [options] assignment.json -- [sbatch's options] job-script
//
// The job script gets the path of assignment.json and appends its messages to reports.jsonl beside it, which the worker
// reads (`reports: file` in trainers.yaml): the worker's home and data folders must lie on a disk that the cluster
// shares. This program submits the job, waits for its end, and says how it ended when the job could not. When the worker
// stops the run, or dies, the job is cancelled.
import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // Between two questions about the job: a cluster's controller serves everybody.
    'poll-seconds': { type: 'string', default: '10' },
    // How long a shared disk may take to show a job's last words, and Slurm to know how it ended.
    'settle-seconds': { type: 'string', default: '60' },
  },
});
const [assignmentPath, ...sbatchArguments] = positionals;
const pollMs = Number(values['poll-seconds']) * 1000;
const settleMs = Number(values['settle-seconds']) * 1000;
if (!assignmentPath || sbatchArguments.length === 0 || !(pollMs > 0) || !(settleMs > 0)) {
  process.stderr.write(
    'usage: slurm.mjs [--poll-seconds n] [--settle-seconds n] assignment.json -- [option …] job-script\n',
  );
  process.exit(78); // EX_CONFIG
}
const folder = dirname(assignmentPath);
const reports = join(folder, 'reports.jsonl');

/** Ends that are not the trainer's own, and what they mean. Cuvée starts runs again; Slurm need not. */
const failures = {
  OUT_OF_MEMORY: 'out-of-memory',
  TIMEOUT: 'timeout',
  DEADLINE: 'timeout',
  NODE_FAIL: 'infrastructure',
  BOOT_FAIL: 'infrastructure',
  PREEMPTED: 'infrastructure',
  REVOKED: 'infrastructure',
  CANCELLED: 'infrastructure',
};
const ends = new Set([...Object.keys(failures), 'COMPLETED', 'FAILED']);

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop.abort());
// The worker never writes here: the end of its pipe means that it is gone.
process.stdin
  .once('end', () => stop.abort())
  .once('error', () => stop.abort())
  .resume();

process.exitCode = await main();
process.stdin.destroy();

async function main() {
  const job = await submit();
  if (job === null) return 0;
  process.stderr.write(`Slurm job ${job}\n`);
  const state = await untilItEnds(job);
  if (state === 'stopped') return 0;
  if (await saidItsLastWord()) return 0;
  if (state in failures) return fail(failures[state], `Slurm job ${job} ended as ${state}`);
  if (state === 'unknown') return fail('infrastructure', `Slurm does not know how job ${job} ended`);
  process.stderr.write(lastLines(join(folder, `slurm-${job}.out`)));
  return state === 'COMPLETED' ? 0 : 1;
}

async function submit() {
  const { runId, attempt } = JSON.parse(readFileSync(assignmentPath, 'utf8'));
  // A job that Slurm starts again by itself would report beside the attempt that took its place.
  const own = [`--job-name=cuvee-${runId}-${attempt}`, `--chdir=${folder}`, '--output=slurm-%j.out', '--no-requeue'];
  try {
    const { stdout } = await run('sbatch', ['--parsable', ...own, ...sbatchArguments, assignmentPath]);
    const job = stdout.trim().split(';')[0]; // the cluster's name follows
    if (/^\d+$/.test(job)) return job;
    throw new Error(`no job number in "${stdout.trim()}"`);
  } catch (error) {
    fail('infrastructure', `sbatch did not take the job: ${wordsOf(error)}`);
    return null;
  }
}

async function untilItEnds(job) {
  let lostAt = null;
  while (!stop.signal.aborted) {
    const state = await stateOf(job);
    if (ends.has(state)) return state;
    lostAt = state === null ? (lostAt ?? Date.now()) : null;
    if (lostAt !== null && Date.now() - lostAt > settleMs) return 'unknown';
    await delay(pollMs, undefined, { signal: stop.signal }).catch(() => {});
  }
  await run('scancel', [job]).catch((error) => process.stderr.write(`scancel: ${wordsOf(error)}\n`));
  // For its last checkpoint the job has KillWait of slurm.conf, as long as the worker waits for this program.
  while (!ends.has((await stateOf(job)) ?? 'CANCELLED')) await delay(Math.min(pollMs, 1000));
  return 'stopped';
}

/** Slurm's word for it; null while Slurm does not answer. squeue forgets a job soon after its end, sacct does not. */
async function stateOf(job) {
  for (const [program, args] of [
    ['squeue', ['--noheader', '--states=all', `--jobs=${job}`, '--format=%T']],
    ['sacct', ['--noheader', '--parsable2', '--allocations', `--jobs=${job}`, '--format=State']],
  ]) {
    const answer = await run(program, args).catch(() => null);
    const state = answer?.stdout.trim().split(/\s/)[0]; // "CANCELLED by 1000"
    if (state) return state;
  }
  return null;
}

/** Waits for it as long as a shared disk may need. A job that ended in another way may have said nothing. */
async function saidItsLastWord() {
  const until = Date.now() + settleMs;
  for (;;) {
    const last = lastLines(reports).trim().split('\n').at(-1);
    if (/^\{"type": ?"(result|diverged|error)"/.test(last)) return true;
    if (Date.now() > until) return false;
    await delay(Math.min(pollMs, 1000));
  }
}

function fail(failureClass, message) {
  appendFileSync(reports, `\n${JSON.stringify({ type: 'error', class: failureClass, message })}\n`);
  return 0;
}

function lastLines(path) {
  try {
    return readFileSync(path, 'utf8').slice(-4000);
  } catch {
    return '';
  }
}

function wordsOf(error) {
  return (error.stderr?.trim() || error.message).split('\n').at(-1);
}
