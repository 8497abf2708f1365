import type { FailureClass, SweepSpecification } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { AttemptState, Fence, RunRecord, SweepRecord } from '../ports/records.js';
import type { StoreTransaction } from '../ports/store.port.js';
import { advanceWhenRoundEnds } from './advance-sweep.js';
import { type Recorded, withFenceAndSweep } from './fenced.js';

export interface AttemptFailure {
  run: RunRecord;
  sweep: SweepRecord;
  now: Date;
  failureClass: FailureClass;
  message: string;
  stderrTail: string;
  /** `lost`: the lease ran out and nobody reported. */
  attemptState?: Extract<AttemptState, 'failed' | 'lost' | 'diverged'>;
}

/**
 * running → waiting while the sweep allows another attempt after a failure of this class, else → failed, or diverged.
 * After a failure of the infrastructure the run waits a while, so that it does not spin on a node that flaps.
 */
export async function failAttempt(tx: StoreTransaction, failure: AttemptFailure): Promise<void> {
  const { run, sweep, now, failureClass, message, stderrTail, attemptState = 'failed' } = failure;
  const failures = { ...run.failures, [failureClass]: (run.failures[failureClass] ?? 0) + 1 };
  const final = isFinal(failureClass, failures, run.maxAttempts, sweep.specification.retries);
  const state = !final ? 'waiting' : failureClass === 'diverged' ? 'diverged' : 'failed';
  await tx.updateRun(run.id, {
    state,
    failures,
    reason: message,
    finishedAt: final ? now : null,
    notBefore: final ? null : retryTime(failureClass, failures, now),
  });
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

/** Failures of the infrastructure are not the run's: they have a limit of their own and do not use up its attempts. */
function isFinal(
  failureClass: FailureClass,
  failures: RunRecord['failures'],
  maxAttempts: number,
  retries: SweepSpecification['retries'],
): boolean {
  if ((failures[failureClass] ?? 0) > retries[failureClass]) return true;
  if (failureClass === 'infrastructure') return false;
  const { infrastructure: _, ...own } = failures;
  return Object.values(own).reduce((sum, count) => sum + count, 0) >= maxAttempts;
}

const longestWaitSeconds = 60;

/** 1 s after the first, then twice as long each time. What the run itself causes is tried again at once. */
function retryTime(failureClass: FailureClass, failures: RunRecord['failures'], now: Date): Date | null {
  if (failureClass !== 'infrastructure') return null;
  const seconds = Math.min(longestWaitSeconds, 2 ** ((failures.infrastructure ?? 1) - 1));
  return new Date(now.getTime() + seconds * 1000);
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
