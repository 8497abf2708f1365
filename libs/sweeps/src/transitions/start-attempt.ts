import type { SweepContext } from '../context.js';
import type { Fence, RunRecord } from '../ports/records.js';
import type { StoreTransaction } from '../ports/store.port.js';
import { type Recorded, withFence, withFenceAndSweep } from './fenced.js';

/** queued → running: the first worker to speak for the attempt owns it. */
export async function startAttempt(
  context: SweepContext,
  fence: Fence,
  host: string,
  leaseUntil: Date,
): Promise<Recorded> {
  return withFenceAndSweep(context, fence, (tx, { run }) =>
    writeStart(tx, run, { ...fence, host, leaseUntil, now: context.now() }),
  );
}

/** For a caller who holds the sweep and the run, and knows that the attempt is open and nobody else's. */
export async function writeStart(
  tx: StoreTransaction,
  run: RunRecord,
  start: { attempt: number; workerId: string; host: string; leaseUntil: Date; now: Date },
): Promise<void> {
  const { attempt, workerId, host, leaseUntil, now } = start;
  await tx.updateRun(run.id, { state: 'running', startedAt: now });
  await tx.updateAttempt(run.id, attempt, { workerId, host, leaseUntil, startedAt: now });
  await tx.appendEvent({
    sweepId: run.sweepId,
    type: 'run',
    data: { runId: run.id, index: run.index, role: run.role, state: 'running', attempt, host },
  });
}

export async function extendLease(context: SweepContext, fence: Fence, leaseUntil: Date): Promise<Recorded> {
  return withFence(context, fence, (tx) =>
    tx.updateAttempt(fence.runId, fence.attempt, { workerId: fence.workerId, leaseUntil }),
  );
}

export async function recordBackend(
  context: SweepContext,
  fence: Fence,
  backend: string,
  backendReason: string,
): Promise<Recorded> {
  return withFence(context, fence, (tx) => tx.updateAttempt(fence.runId, fence.attempt, { backend, backendReason }));
}
