import type { SweepRecord } from '../ports/records.js';
import type { StoreTransaction } from '../ports/store.port.js';

/** Below this, cross-validation has nothing to say. */
export const minimumObservations = 8;

/**
 * Called in the transaction that ends a run, under the sweep's lock: exactly one caller sees the last run end. A design
 * round that ends sends the sweep to `fitting`; a confirmation round that ends asks for the conclusion.
 */
export async function advanceWhenRoundEnds(
  tx: StoreTransaction,
  sweep: SweepRecord,
  roundId: string,
  now: Date,
): Promise<void> {
  if ((await tx.countUnfinished(roundId)) > 0) return;
  const round = (await tx.listRounds(sweep.id)).find((candidate) => candidate.id === roundId);
  if (!round) return;
  if (round.kind === 'confirmation') {
    await tx.appendOutbox({ topic: 'fit', payload: { sweepId: sweep.id } });
    return;
  }
  const succeeded = await countFitted(tx, sweep.id);
  if (succeeded < minimumObservations) {
    await failSweep(tx, sweep, await tooFewReason(tx, sweep.id, succeeded), now);
    return;
  }
  if (await tx.updateSweep(sweep.id, ['running'], { state: 'fitting' })) {
    await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'fitting', succeeded } });
    await tx.appendOutbox({ topic: 'fit', payload: { sweepId: sweep.id } });
  }
}

/** Succeeded runs that a fit is made of: those of the design, at the first fidelity. */
export async function countFitted(tx: StoreTransaction, sweepId: string): Promise<number> {
  const succeeded = await tx.runsOfSweep(sweepId, ['succeeded']);
  return succeeded.filter(({ role, fidelity }) => role === 'design' && fidelity === 0).length;
}

async function tooFewReason(tx: StoreTransaction, sweepId: string, succeeded: number): Promise<string> {
  const lost = (await tx.runsOfSweep(sweepId, ['failed', 'diverged'])).filter(({ fidelity }) => fidelity === 0);
  const failed = lost.filter((run) => run.state === 'failed').length;
  const counts = new Map<string, number>();
  for (const { reason } of lost) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const commonest = [...counts].sort((a, b) => b[1] - a[1])[0];
  return [
    `Only ${succeeded} runs succeeded, ${failed} failed and ${lost.length - failed} diverged; a fit needs at least ${minimumObservations}.`,
    ...(commonest ? [`The commonest cause (${commonest[1]} times): ${commonest[0]}`] : []),
    ...(failed > 0 ? ['Mend the cause and retry the failed runs.'] : []),
    ...(failed < lost.length ? ['A run that diverged does so again: try a lower learning rate in a new sweep.'] : []),
  ].join(' ');
}

export async function failSweep(tx: StoreTransaction, sweep: SweepRecord, reason: string, now: Date): Promise<void> {
  const changed = await tx.updateSweep(sweep.id, ['running', 'fitting', 'confirming'], {
    state: 'failed',
    reason,
    finishedAt: now,
  });
  if (changed) await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'failed', reason } });
}
