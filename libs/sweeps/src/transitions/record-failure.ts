import type { FailureClass } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { AttemptState, Fence, RunRecord, SweepRecord } from '../ports/records.js';
import type { StoreTransaction } from '../ports/store.port.js';
import { advanceWhenRoundEnds } from './advance-sweep.js';
import { type Recorded, withFenceAndSweep } from './fenced.js';

/** Another attempt cannot mend these: the same input gives the same error. */
const finalClasses: readonly FailureClass[] = ['data', 'configuration'];

export interface AttemptFailure {
  run: RunRecord;
  sweep: SweepRecord;
  now: Date;
  failureClass: FailureClass;
  message: string;
  stderrTail: string;
  /** `lost`: the lease ran out and nobody reported. */
  attemptState?: Extract<AttemptState, 'failed' | 'lost'>;
}

/** running → waiting while attempts are left and the class can be mended by another one, else → failed. */
export async function failAttempt(tx: StoreTransaction, failure: AttemptFailure): Promise<void> {
  const { run, sweep, now, failureClass, message, stderrTail, attemptState = 'failed' } = failure;
  const failures = run.failures + 1;
  const final = finalClasses.includes(failureClass) || failures >= run.maxAttempts;
  const state = final ? 'failed' : 'waiting';
  await tx.updateRun(run.id, { state, failures, reason: message, finishedAt: final ? now : null });
  await tx.updateAttempt(run.id, run.attempt, {
    state: attemptState,
    failureClass,
    message,
    stderrTail,
    leaseUntil: null,
    endedAt: now,
  });
  await tx.appendEvent({
    sweepId: sweep.id,
    type: 'run',
    data: { runId: run.id, index: run.index, role: run.role, state, attempt: run.attempt, failureClass, message },
  });
  if (final) await advanceWhenRoundEnds(tx, sweep, run.roundId, now);
}

export async function recordFailure(
  context: SweepContext,
  fence: Fence,
  failure: { failureClass: FailureClass; message: string; stderrTail: string },
): Promise<Recorded> {
  return withFenceAndSweep(context, fence, (tx, { run, sweep }) =>
    failAttempt(tx, { run, sweep, now: context.now(), ...failure }),
  );
}

/** running → waiting: the worker was told to go. Not a failure of the run. */
export async function releaseAttempt(context: SweepContext, fence: Fence, reason: string): Promise<Recorded> {
  return withFenceAndSweep(context, fence, async (tx, { run, sweep }) => {
    const now = context.now();
    await tx.updateRun(run.id, { state: 'waiting', startedAt: null });
    await tx.updateAttempt(run.id, fence.attempt, {
      state: 'released',
      message: reason,
      leaseUntil: null,
      endedAt: now,
    });
    await tx.appendEvent({
      sweepId: sweep.id,
      type: 'run',
      data: { runId: run.id, index: run.index, role: run.role, state: 'waiting', attempt: fence.attempt, reason },
    });
  });
}
