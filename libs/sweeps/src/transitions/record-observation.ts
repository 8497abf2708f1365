import type { ExpertLoad, Loss } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { Fence } from '../ports/records.js';
import { advanceWhenRoundEnds } from './advance-sweep.js';
import { type Recorded, withFenceAndSweep } from './fenced.js';
import { failAttempt } from './record-failure.js';

export interface RunResult {
  losses: Record<string, Loss>;
  tokens: number;
  seconds: number;
  parameters?: number | undefined;
  flops?: number | undefined;
  expertLoads?: readonly ExpertLoad[] | undefined;
}

/**
 * running → succeeded, once: the observation, the end of the attempt and, for the last run of a round, the next stage
 * of the sweep are one transaction. A loss that is not finite makes the run diverged instead.
 */
export async function recordObservation(context: SweepContext, fence: Fence, result: RunResult): Promise<Recorded> {
  return withFenceAndSweep(context, fence, async (tx, { run, attempt, sweep }) => {
    const now = context.now();
    const missing = sweep.targets.filter((target) => !(target in result.losses));
    if (missing.length > 0) {
      const message = `The trainer's result lacks a loss for ${missing.join(', ')}.`;
      // What a program measures does not change from one attempt to the next.
      await failAttempt(tx, { run, sweep, now, failureClass: 'configuration', message, stderrTail: '' });
      return;
    }
    const bad = Object.entries(result.losses).find(([, loss]) => !Number.isFinite(loss.natsPerToken));
    if (bad) {
      const message = `Held-out loss of ${bad[0]} is ${bad[1].natsPerToken}.`;
      await failAttempt(tx, { run, sweep, now, message, ...divergedAttempt });
      return;
    }
    await tx.updateRun(run.id, { state: 'succeeded', step: run.totalSteps ?? run.step, reason: null, finishedAt: now });
    await tx.updateAttempt(run.id, fence.attempt, { state: 'succeeded', endedAt: now });
    await tx.insertObservation({
      runId: run.id,
      attempt: fence.attempt,
      losses: result.losses,
      tokens: result.tokens,
      seconds: result.seconds,
      backend: attempt.backend,
      parameters: result.parameters ?? null,
      flops: result.flops ?? null,
      censoredAt: null,
      expertLoads: result.expertLoads ?? [],
      recordedAt: now,
    });
    await tx.appendEvent({
      sweepId: sweep.id,
      type: 'run',
      data: { runId: run.id, index: run.index, role: run.role, state: 'succeeded', attempt: fence.attempt },
    });
    await advanceWhenRoundEnds(tx, sweep, run.roundId, now);
  });
}

const divergedAttempt = { failureClass: 'diverged', attemptState: 'diverged', stderrTail: '' } as const;

/** running → diverged: the trainer said so. Kept, counted, left out of the fit, and tried again only if the sweep says so. */
export async function recordDivergence(
  context: SweepContext,
  fence: Fence,
  divergence: { step: number; trainLoss: number; reason: string },
): Promise<Recorded> {
  return withFenceAndSweep(context, fence, async (tx, { run, sweep }) => {
    const { step, trainLoss, reason } = divergence;
    await tx.updateRun(run.id, { step, trainLoss });
    await failAttempt(tx, { run, sweep, now: context.now(), message: reason, ...divergedAttempt });
  });
}
