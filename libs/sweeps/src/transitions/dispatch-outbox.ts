import type { Assignment } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { FitQueue, RunQueue } from '../ports/queue.port.js';
import type { OutboxRecord } from '../ports/records.js';
import { describeAssignment } from './describe-assignment.js';

/** Hands committed messages to the queue, then marks them. A crash in between sends twice; both queues bear that. */
export async function dispatchOutbox(
  context: SweepContext,
  queues: { runs: RunQueue; fits: FitQueue },
  leaseSeconds: number,
  limit = 100,
): Promise<number> {
  const messages = await context.store.pendingOutbox(limit);
  const done: number[] = [];
  try {
    const errors: unknown[] = [];
    for (const message of messages) {
      try {
        await dispatch(context, queues, leaseSeconds, message);
        done.push(message.id);
      } catch (error) {
        errors.push(error);
        // One message that cannot be sent must not hold up the others; a queue that is away holds up all of them.
        if (errors.length === 3) break;
      }
    }
    if (errors.length > 0) throw errors[0];
  } finally {
    if (done.length > 0) await context.store.transaction((tx) => tx.markDispatched(done));
  }
  return done.length;
}

async function dispatch(
  context: SweepContext,
  queues: { runs: RunQueue; fits: FitQueue },
  leaseSeconds: number,
  message: OutboxRecord,
): Promise<void> {
  if (message.topic === 'fit') {
    await queues.fits.enqueue(String(message.payload.sweepId), message.id);
    return;
  }
  const assignment = await assignmentOf(
    context,
    String(message.payload.runId),
    Number(message.payload.attempt),
    leaseSeconds,
  );
  if (assignment) await queues.runs.enqueue(assignment);
}

/** The assignment of a queued attempt; null when the run has moved on since. */
async function assignmentOf(
  context: SweepContext,
  runId: string,
  attempt: number,
  leaseSeconds: number,
): Promise<Assignment | null> {
  const run = await context.store.findRun(runId);
  if (!run || run.attempt !== attempt || run.state !== 'queued') return null;
  const sweep = await context.store.findSweep(run.sweepId);
  return sweep && describeAssignment(context, sweep, run, leaseSeconds);
}
