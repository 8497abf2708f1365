import type { SweepContext } from '../context.js';
import type { FitRecord } from '../ports/records.js';
import { NotFound, StateConflict } from '../sweeps.errors.js';

/**
 * Ends a fit for good; the process that makes it notices within a second and ends its threads. Cancelling twice has no
 * further effect. The fit that a sweep waits for ends with the sweep alone.
 */
export async function cancelFit(context: SweepContext, fitId: string): Promise<FitRecord> {
  const fit = await context.store.findFit(fitId);
  if (!fit) throw new NotFound('fit', fitId);
  await context.store.transaction(async (tx) => {
    const sweep = await tx.lockSweep(fit.sweepId);
    if (!fit.refit && sweep?.state === 'fitting') {
      throw new StateConflict(`Sweep ${fit.sweepId} waits for fit ${fitId}; cancel the sweep instead.`);
    }
    const patch = { state: 'cancelled', progress: null, leaseUntil: null, finishedAt: context.now() } as const;
    if (await tx.updateFit(fitId, { states: ['queued', 'running'] }, patch)) {
      await tx.appendEvent({ sweepId: fit.sweepId, type: 'fit', data: { fitId, state: 'cancelled' } });
    }
  });
  const after = (await context.store.findFit(fitId))!;
  if (after.state !== 'cancelled') {
    throw new StateConflict(`Fit ${fitId} is ${after.state}; only one that is queued or running can be cancelled.`);
  }
  return after;
}
