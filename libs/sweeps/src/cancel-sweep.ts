import type { SweepContext } from './context.js';
import { type AttemptKey, type RunQueue, stopsOfRuns } from './ports/queue.port.js';
import { NotFound, StateConflict } from './sweeps.errors.js';

/** Ends a sweep for good. Results that arrive later are stale. Cancelling twice has no further effect. */
export async function cancelSweep(context: SweepContext, queue: RunQueue, sweepId: string): Promise<void> {
  const now = context.now();
  const stop = await context.store.transaction(async (tx): Promise<AttemptKey[]> => {
    const sweep = await tx.lockSweep(sweepId);
    if (!sweep) throw new NotFound('sweep', sweepId);
    if (sweep.state === 'cancelled') return [];
    const from = ['running', 'fitting', 'confirming'] as const;
    if (!(await tx.updateSweep(sweepId, from, { state: 'cancelled', finishedAt: now }))) {
      throw new StateConflict(`Sweep ${sweepId} is ${sweep.state}; only an unfinished sweep can be cancelled.`);
    }
    const open = await tx.cancelUnfinished(sweepId, now);
    // Who makes a fit notices within a second and ends its threads.
    await tx.cancelFits(sweepId, now);
    await tx.appendEvent({ sweepId, type: 'state', data: { state: 'cancelled' } });
    return open.map(({ runId, number }) => ({ runId, attempt: number }));
  });
  // Best effort: a worker that is not told finds out when its next report is refused.
  await Promise.allSettled(stop.map((key) => queue.requestStop(key, stopsOfRuns.sweepCancelled)));
}
