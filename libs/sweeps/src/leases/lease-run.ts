import type { Assignment } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { RunQueue } from '../ports/queue.port.js';
import type { RunRecord } from '../ports/records.js';
import { describeAssignment } from '../transitions/describe-assignment.js';
import { insertNextAttempt } from '../transitions/open-attempt.js';
import { writeStart } from '../transitions/start-attempt.js';

/** A worker that asks over HTTP because it has no route to the queue. */
export interface PullWorker {
  workerId: string;
  host: string;
  /** Names of the trainers it has. */
  trainers: readonly string[];
}

/** Runs looked at in one sweep: more are only passed over when as many queue workers have just begun one. */
const candidates = 50;

/**
 * Gives the worker one run that nobody has started, oldest sweep first, and counts it as started; null when there is
 * none for its trainers. A run that is queued already goes to it under the same attempt, so that whoever else takes
 * that attempt from the queue is refused at its first report; a run that waits gets its next attempt, past the queue.
 * The queue's window does not count here: a pull worker asks for no more than it trains at once.
 */
export async function leaseRun(
  context: SweepContext,
  queue: RunQueue,
  worker: PullWorker,
  leaseSeconds: number,
): Promise<Assignment | null> {
  for (const { sweep, fidelities } of await context.store.unstartedWork(context.now())) {
    const able = fidelities.filter((index) => {
      const name = sweep.specification.fidelities[index]?.trainer.name;
      return name !== undefined && worker.trainers.includes(name);
    });
    if (able.length === 0) continue;
    const filter = { fidelities: able, now: context.now(), limit: candidates };
    for (const run of await context.store.unstartedRuns(sweep.id, filter)) {
      if (run.state === 'queued' && (await isTaken(queue, run))) continue;
      const assignment = await describeAssignment(context, sweep, run, leaseSeconds);
      const claim = assignment && (await claimRun(context, run, worker, leaseSeconds));
      if (!assignment || !claim) continue;
      const key = { runId: run.id, attempt: claim.attempt };
      // Best effort: a queue worker that gets it all the same finds its first report refused.
      if (claim.wasQueued) await queue.requestStop(key, 'another worker leased the run').catch(() => undefined);
      return { ...assignment, attempt: claim.attempt };
    }
  }
  return null;
}

/** A queue worker holds it and its first report is on the way: taking it would throw that worker's start away. */
async function isTaken(queue: RunQueue, run: RunRecord): Promise<boolean> {
  try {
    return (await queue.presence({ runId: run.id, attempt: run.attempt })) === 'held';
  } catch {
    // The queue is away, and pull workers do not need it. The attempt's number keeps a second worker out.
    return false;
  }
}

async function claimRun(
  context: SweepContext,
  candidate: RunRecord,
  { workerId, host }: PullWorker,
  leaseSeconds: number,
): Promise<{ attempt: number; wasQueued: boolean } | null> {
  return context.store.transaction(async (tx) => {
    const sweep = await tx.lockSweep(candidate.sweepId);
    if (sweep?.state !== 'running' && sweep?.state !== 'confirming') return null;
    const run = await tx.lockRun(candidate.id);
    if (run?.state !== 'waiting' && run?.state !== 'queued') return null;
    const wasQueued = run.state === 'queued';
    if (wasQueued) {
      const open = await tx.findAttempt(run.id, run.attempt);
      if (open?.state !== 'open' || open.workerId !== null) return null;
    }
    const now = context.now();
    if (!wasQueued && run.notBefore !== null && run.notBefore > now) return null;
    const attempt = wasQueued ? run.attempt : await insertNextAttempt(tx, run, now);
    const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000);
    await writeStart(tx, run, { attempt, workerId, host, leaseUntil, now });
    return { attempt, wasQueued };
  });
}
