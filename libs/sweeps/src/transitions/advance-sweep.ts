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
  const succeeded = (await tx.runsOfSweep(sweep.id, ['succeeded'])).length;
  if (succeeded < minimumObservations) {
    const reason = `Only ${succeeded} runs succeeded; a fit needs at least ${minimumObservations}. Mend the cause and retry the failed runs.`;
    await failSweep(tx, sweep, reason, now);
    return;
  }
  if (await tx.updateSweep(sweep.id, ['running'], { state: 'fitting' })) {
    await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'fitting', succeeded } });
    await tx.appendOutbox({ topic: 'fit', payload: { sweepId: sweep.id } });
  }
}

export async function failSweep(tx: StoreTransaction, sweep: SweepRecord, reason: string, now: Date): Promise<void> {
  const changed = await tx.updateSweep(sweep.id, ['running', 'fitting', 'confirming'], {
    state: 'failed',
    reason,
    finishedAt: now,
  });
  if (changed) await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: { state: 'failed', reason } });
}
