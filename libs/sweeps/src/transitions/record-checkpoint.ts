import type { SweepContext } from '../context.js';
import type { Fence } from '../ports/records.js';
import { type Recorded, withFence } from './fenced.js';

/** The attempt went on where the checkpoint of an earlier one ended: that far the run is at once. */
export async function recordResumption(context: SweepContext, fence: Fence, step: number): Promise<Recorded> {
  return withFence(context, fence, async (tx) => {
    await tx.updateAttempt(fence.runId, fence.attempt, { resumedStep: step });
    await tx.updateRun(fence.runId, { step });
  });
}

/** The attempt can be resumed from this step; also proof of life. */
export async function recordCheckpoint(
  context: SweepContext,
  fence: Fence,
  step: number,
  leaseUntil: Date,
): Promise<Recorded> {
  return withFence(context, fence, (tx) =>
    tx.updateAttempt(fence.runId, fence.attempt, { checkpointStep: step, leaseUntil }),
  );
}
