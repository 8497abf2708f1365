import type { SweepContext } from '../context.js';
import type { AttemptKey, RunQueue } from '../ports/queue.port.js';
import type { AttemptRecord } from '../ports/records.js';
import { failAttempt } from './record-failure.js';

export interface Reconciled {
  /** Attempts whose lease ran out. */
  expired: AttemptKey[];
  /** Queued attempts that the queue had lost, rung again or given a new number. */
  requeued: AttemptKey[];
}

/**
 * Holds the queue against Postgres: ends attempts nobody renews, and rings again for queued attempts which the queue
 * no longer knows (it was flushed, or the worker that took one died before its first report).
 */
export async function reconcile(
  context: SweepContext,
  queue: RunQueue,
  options: { leaseSeconds: number },
): Promise<Reconciled> {
  // Heartbeats come through the queue: while it is away, silence proves nothing.
  await queue.ping();
  const now = context.now();
  const expired: AttemptKey[] = [];
  for (const attempt of await context.store.expiredAttempts(now)) {
    if (await expire(context, attempt, now)) expired.push({ runId: attempt.runId, attempt: attempt.number });
  }
  const requeued: AttemptKey[] = [];
  const since = new Date(now.getTime() - options.leaseSeconds * 1000);
  for (const run of await context.store.runsQueuedBefore(since)) {
    const key = { runId: run.id, attempt: run.attempt };
    if ((await queue.presence(key)) === 'gone' && (await giveBack(context, key))) requeued.push(key);
  }
  for (const key of expired) await queue.requestStop(key, 'the lease ran out');
  return { expired, requeued };
}

async function expire(context: SweepContext, attempt: AttemptRecord, now: Date): Promise<boolean> {
  const known = await context.store.findRun(attempt.runId);
  if (!known) return false;
  return context.store.transaction(async (tx) => {
    const sweep = await tx.lockSweep(known.sweepId);
    const run = sweep && (await tx.lockRun(attempt.runId));
    const current = run && (await tx.findAttempt(run.id, attempt.number));
    if (!run || !current || run.attempt !== attempt.number || current.state !== 'open') return false;
    // A heartbeat may have come since the list was read.
    if (current.leaseUntil === null || current.leaseUntil > now) return false;
    const who = current.workerId ?? 'the worker';
    await failAttempt(tx, {
      run,
      sweep,
      now,
      failureClass: 'infrastructure',
      message: `No sign of life from ${who} until its lease ran out.`,
      stderrTail: '',
      attemptState: 'lost',
    });
    return true;
  });
}

/** queued → waiting, uncounted: no worker ever spoke for this attempt. The next one gets a new number. */
async function giveBack(context: SweepContext, key: AttemptKey): Promise<boolean> {
  return context.store.transaction(async (tx) => {
    const run = await tx.lockRun(key.runId);
    if (!run || run.attempt !== key.attempt || run.state !== 'queued') return false;
    await tx.updateRun(run.id, { state: 'waiting' });
    await tx.updateAttempt(run.id, key.attempt, {
      state: 'lost',
      message: 'The queue lost the message before a worker reported.',
      endedAt: context.now(),
    });
    return true;
  });
}
