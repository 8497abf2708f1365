import { runCost } from '#libs/proxy-models';
import type { SweepContext } from '../context.js';
import type { EarlyEnd } from '../early-stopping/judge-at-rung.js';
import type { Fence } from '../ports/records.js';
import { advanceWhenRoundEnds, minimumObservations } from './advance-sweep.js';
import { withFenceAndSweep } from './fenced.js';

/**
 * running → censored: the run is over, with what its curve leads to as its observation. Refused where fewer runs of its
 * fidelity would be left than a fit needs, or than the share that is to go on. Returns whether it was stopped.
 */
export async function stopEarly(
  context: SweepContext,
  fence: Fence,
  at: { step: number; tokens: number },
  { reason, losses }: EarlyEnd,
): Promise<boolean> {
  let stopped = false;
  await withFenceAndSweep(context, fence, async (tx, { run, attempt, sweep }) => {
    const { earlyStopping, fidelities } = sweep.specification;
    const alive = await tx.runsOfSweep(sweep.id, ['waiting', 'queued', 'running', 'succeeded']);
    const left = alive.filter(({ role, fidelity }) => role === 'design' && fidelity === run.fidelity).length - 1;
    const planned = fidelities[run.fidelity]?.runs ?? 0;
    if (!earlyStopping || left < Math.max(minimumObservations, Math.ceil(planned / earlyStopping.reduction))) return;
    const now = context.now();
    // The program that would say at its end what it took is stopped before it.
    const cost = fidelities[run.fidelity] && runCost(fidelities[run.fidelity]!.trainer);
    await tx.updateRun(run.id, { state: 'censored', reason, finishedAt: now });
    await tx.updateAttempt(run.id, fence.attempt, {
      state: 'stopped',
      message: reason,
      leaseUntil: null,
      endedAt: now,
    });
    await tx.insertObservation({
      runId: run.id,
      attempt: fence.attempt,
      losses,
      tokens: at.tokens,
      seconds: attempt.startedAt && (now.getTime() - attempt.startedAt.getTime()) / 1000,
      backend: attempt.backend,
      parameters: cost?.parameters ?? null,
      flops: cost?.flops && cost.tokens ? (cost.flops * at.tokens) / cost.tokens : null,
      censoredAt: at.step,
      expertLoads: [],
      recordedAt: now,
    });
    await tx.appendEvent({
      sweepId: sweep.id,
      type: 'run',
      data: { runId: run.id, index: run.index, role: run.role, state: 'censored', attempt: fence.attempt, reason },
    });
    await advanceWhenRoundEnds(tx, sweep, run.roundId, now);
    stopped = true;
  });
  return stopped;
}
