import type { RunState } from '#libs/contracts';
import type { SweepContext } from './context.js';
import type { RunRecord, SweepRecord } from './ports/records.js';
import type { StoreTransaction } from './ports/store.port.js';
import { NotFound, StateConflict } from './sweeps.errors.js';
import { countFitted, minimumObservations } from './transitions/advance-sweep.js';

/**
 * Gives every failed run a fresh set of attempts: same mixture, same seed, history kept. Returns how many. Where no run
 * failed but the fit did, it is fitted again.
 */
export async function retryFailed(context: SweepContext, sweepId: string): Promise<number> {
  return context.store.transaction(async (tx) => {
    const sweep = await tx.lockSweep(sweepId);
    if (!sweep) throw new NotFound('sweep', sweepId);
    const failed = await tx.runsOfSweep(sweepId, ['failed']);
    if (failed.length === 0 && sweep.state === 'failed') await fitAgain(tx, sweep);
    return reopen(tx, sweep, failed);
  });
}

/** failed → fitting, when it was the fit that failed: the runs are all there. */
async function fitAgain(tx: StoreTransaction, sweep: SweepRecord): Promise<void> {
  if ((await countFitted(tx, sweep.id)) < minimumObservations) return;
  await tx.updateSweep(sweep.id, ['failed'], { state: 'fitting', reason: null, finishedAt: null });
  await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'fitting' } });
  await tx.appendOutbox({ topic: 'fit', payload: { sweepId: sweep.id } });
}

/** The same for one run; a diverged run may be tried again by hand. */
export async function retryRun(context: SweepContext, runId: string): Promise<void> {
  const known = await context.store.findRun(runId);
  if (!known) throw new NotFound('run', runId);
  await context.store.transaction(async (tx) => {
    const sweep = await tx.lockSweep(known.sweepId);
    const run = sweep && (await tx.lockRun(runId));
    if (!sweep || !run) throw new NotFound('run', runId);
    const allowed: readonly RunState[] = ['failed', 'diverged'];
    if (!allowed.includes(run.state)) {
      throw new StateConflict(`Run ${runId} is ${run.state}; only a failed or diverged run can be retried.`);
    }
    await reopen(tx, sweep, [run]);
  });
}

/**
 * A design run that is tried again sends the whole sweep back to its design round: the fit, the proposal and the
 * confirmation made without it no longer stand.
 */
async function reopen(tx: StoreTransaction, sweep: SweepRecord, runs: readonly RunRecord[]): Promise<number> {
  if (sweep.state === 'cancelled' || sweep.state === 'fitting') {
    throw new StateConflict(`Sweep ${sweep.id} is ${sweep.state}; its runs cannot be retried now.`);
  }
  if (runs.length === 0) return 0;
  if (sweep.specification.trainer === null) {
    throw new StateConflict(`Sweep ${sweep.id} holds imported runs; this service has no trainer to retry them with.`);
  }
  const rounds = await tx.listRounds(sweep.id);
  const confirmation = rounds.find((round) => round.kind === 'confirmation');
  const backToDesign = runs.some((run) => run.role === 'design');
  const again = backToDesign ? runs.filter((run) => run.role === 'design') : runs;
  if (backToDesign && confirmation) {
    const unfinished = await tx.countUnfinished(confirmation.id);
    if (unfinished > 0) {
      throw new StateConflict(`Sweep ${sweep.id} is confirming; wait for it or cancel it before retrying design runs.`);
    }
    await tx.deleteRound(confirmation.id);
  }
  const state = backToDesign ? 'running' : 'confirming';
  await tx.updateSweep(sweep.id, [sweep.state], {
    state,
    reason: null,
    finishedAt: null,
    confirmation: null,
    ...(backToDesign ? { fitId: null, proposalId: null } : {}),
  });
  const ids = again.map((run) => run.id);
  await tx.updateRuns(ids, { state: 'waiting', failures: {}, notBefore: null, reason: null, finishedAt: null });
  await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state, retried: again.length } });
  return again.length;
}
