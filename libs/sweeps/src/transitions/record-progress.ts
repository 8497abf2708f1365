import type { Loss } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import { judgeAtRung } from '../early-stopping/judge-at-rung.js';
import type { Fence, RunRecord } from '../ports/records.js';
import { type Recorded, withFence } from './fenced.js';
import { stopEarly } from './stop-early.js';

export interface ProgressPoint {
  step: number;
  totalSteps: number;
  tokens: number;
  trainLoss: number;
  losses: Record<string, Loss>;
}

/**
 * One point of the run's curve; also proof of life. A step that was reported before is not recorded again. A point with
 * held-out losses may be the end of a run that is stopped early; it is judged again when the report comes again, since
 * the process may have died in between.
 */
export async function recordProgress(
  context: SweepContext,
  fence: Fence,
  point: ProgressPoint,
  leaseUntil: Date,
): Promise<Recorded> {
  let run: RunRecord | undefined;
  const recorded = await withFence(context, fence, async (tx, held) => {
    run = held.run;
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
  if (!run || recorded === 'stale' || Object.keys(point.losses).length === 0) return recorded;
  const sweep = await context.store.findSweep(run.sweepId);
  const end = sweep && (await judgeAtRung(context, sweep, run, point));
  return end && (await stopEarly(context, fence, point, end)) ? 'stopped' : recorded;
}
