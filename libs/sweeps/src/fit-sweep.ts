import { confirmationRuns } from './confirmation/confirmation-runs.js';
import type { SweepContext } from './context.js';
import { fitTask } from './fits/fit-task.js';
import { newFit } from './fits/new-fit.js';
import { type RecordedFit, runFit } from './fits/run-fit.js';
import type { FitRunner } from './ports/fit-runner.port.js';
import type { SweepRecord } from './ports/records.js';
import type { StoreTransaction } from './ports/store.port.js';

/**
 * fitting → confirming, or → completed where there is no trainer that could confirm: makes the sweep's own fit and
 * proposal, and opens the confirmation round in the transaction that records them. Called again for a sweep that is no
 * longer fitting, or while somebody else fits it, it does nothing.
 */
export async function fitSweep(context: SweepContext, runner: FitRunner, sweep: SweepRecord): Promise<void> {
  const fitId = await ownFit(context, sweep.id);
  if (fitId === null) return;
  await runFit(context, runner, sweep, fitId, async (tx, recorded) => {
    const { fit, proposal } = recorded;
    const found = { fitId: fit.id, proposalId: proposal.id };
    if (sweep.specification.trainer === null) {
      const patch = { state: 'completed', finishedAt: context.now(), ...found } as const;
      if (!(await tx.updateSweep(sweep.id, ['fitting'], patch))) return;
      const why = 'imported runs: no trainer to confirm with';
      await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'completed', confirmed: false, why } });
    } else if (await tx.updateSweep(sweep.id, ['fitting'], { state: 'confirming', ...found })) {
      await openConfirmation(context, tx, sweep, recorded);
    }
  });
}

/** The fit that this sweep waits for: the one begun before a process died, or a new one. */
async function ownFit(context: SweepContext, sweepId: string): Promise<string | null> {
  return context.store.transaction(async (tx) => {
    const sweep = await tx.lockSweep(sweepId);
    if (sweep?.state !== 'fitting') return null;
    // Read under the lock: of two processes that come at the same moment, one makes the fit and the other finds it.
    const begun = (await tx.openFits(sweepId)).find(({ refit }) => !refit);
    if (begun) return begun.id;
    const fit = newFit(context, sweep, fitTask(sweep), false);
    await tx.insertFit(fit);
    return fit.id;
  });
}

async function openConfirmation(
  context: SweepContext,
  tx: StoreTransaction,
  sweep: SweepRecord,
  recorded: RecordedFit,
): Promise<void> {
  const rounds = await tx.listRounds(sweep.id);
  const roundId = context.newId('round');
  await tx.insertRound({ id: roundId, sweepId: sweep.id, index: rounds.length, kind: 'confirmation' });
  const designRuns = await tx.runsOfSweep(sweep.id, ['succeeded', 'censored', 'failed', 'diverged', 'cancelled']);
  await tx.insertRuns(confirmationRuns(context, sweep, recorded, roundId, designRuns.length));
  await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'confirming' } });
}
