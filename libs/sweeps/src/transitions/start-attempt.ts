import type { SweepContext } from '../context.js';
import type { Fence } from '../ports/records.js';
import { type Recorded, withFence, withFenceAndSweep } from './fenced.js';

/** queued → running: the first worker to speak for the attempt owns it. */
export async function startAttempt(
  context: SweepContext,
  fence: Fence,
  host: string,
  leaseUntil: Date,
): Promise<Recorded> {
  return withFenceAndSweep(context, fence, async (tx, { run, sweep }) => {
    const now = context.now();
    await tx.updateRun(run.id, { state: 'running', startedAt: now });
    await tx.updateAttempt(run.id, fence.attempt, { workerId: fence.workerId, host, leaseUntil, startedAt: now });
    await tx.appendEvent({
      sweepId: sweep.id,
      type: 'run',
      data: { runId: run.id, index: run.index, role: run.role, state: 'running', attempt: fence.attempt, host },
    });
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
