import type { SweepContext } from '../context.js';
import { openAttempt } from './open-attempt.js';

/**
 * Moves waiting runs to the queue while fewer than `window` are queued or running. The window keeps the queue shallow, so
 * that cancelling stays cheap. Sweeps are served in the order in which they came. Writes no event, because that would
 * lock the sweep after the run, against the order of all other transitions.
 */
export async function admitRuns(context: SweepContext, window: number): Promise<number> {
  return context.store.transaction(async (tx) => {
    const room = window - (await tx.countInFlight());
    if (room <= 0) return 0;
    const runs = await tx.claimWaitingRuns(room, context.now());
    for (const run of runs) await openAttempt(tx, run, context.now());
    return runs.length;
  });
}
