import type { SweepContext } from './context.js';
import type { StoreTransaction } from './ports/store.port.js';
import { IdempotencyConflict, IdempotencyRace } from './sweeps.errors.js';

export interface Submission {
  sweepId: string;
  /** True when this key had been answered before: nothing new was started. */
  replayed: boolean;
  notes: string[];
}

/**
 * Makes a sweep under an Idempotency-Key: `make` prepares what `write` puts down, together with the key, in one
 * transaction. A key that was answered before leads to the same sweep, for ever; with another body it is refused.
 */
export async function submitOnce(
  context: SweepContext,
  { route, key, requestHash }: { route: string; key: string | undefined; requestHash: string },
  make: () => Promise<{ sweepId: string; notes: string[]; write(tx: StoreTransaction): Promise<void>; bulk?: boolean }>,
): Promise<Submission> {
  const findReplay = async (): Promise<Submission | null> => {
    if (key === undefined) return null;
    const known = await context.store.transaction((tx) => tx.findIdempotencyKey(route, key));
    if (!known) return null;
    if (known.requestHash !== requestHash) throw new IdempotencyConflict(key);
    return { sweepId: known.resourceId, replayed: true, notes: [] };
  };
  const replay = await findReplay();
  if (replay) return replay;
  const { sweepId, notes, write, bulk } = await make();
  try {
    await context.store.transaction(
      async (tx) => {
        if (key !== undefined) await tx.insertIdempotencyKey(route, key, requestHash, sweepId);
        await write(tx);
      },
      { bulk },
    );
  } catch (error) {
    const winner = error instanceof IdempotencyRace ? await findReplay() : null;
    if (!winner) throw error;
    return winner;
  }
  return { sweepId, replayed: false, notes };
}
