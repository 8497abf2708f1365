import type { Loss } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { Fence } from '../ports/records.js';
import { type Recorded, withFence } from './fenced.js';

export interface ProgressPoint {
  step: number;
  totalSteps: number;
  tokens: number;
  trainLoss: number;
  losses: Record<string, Loss>;
}

/** One point of the run's curve; also proof of life. A step that was reported before is not recorded again. */
export async function recordProgress(
  context: SweepContext,
  fence: Fence,
  point: ProgressPoint,
  leaseUntil: Date,
): Promise<Recorded> {
  return withFence(context, fence, async (tx, { run }) => {
    await tx.updateAttempt(run.id, fence.attempt, { leaseUntil });
    if (run.totalSteps !== null && point.step <= run.step) return;
    await tx.updateRun(run.id, { step: point.step, totalSteps: point.totalSteps, trainLoss: point.trainLoss });
    await tx.insertCurvePoint({
      runId: run.id,
      attempt: fence.attempt,
      step: point.step,
      tokens: point.tokens,
      trainLoss: point.trainLoss,
      losses: point.losses,
    });
  });
}
