import type { SweepContext } from '../context.js';

/**
 * Asks again for the next stage of sweeps whose round has ended, and for fits, which nobody works on: the queue lost
 * the message, or the process that fitted was killed. A request too many has no effect. Returns the sweeps asked for.
 */
export async function reconcileStages(
  context: SweepContext,
  isUnderWay: (sweepId: string) => boolean,
): Promise<string[]> {
  const sweeps = [
    ...(await context.store.sweepsInState('fitting')),
    ...(await context.store.sweepsInState('confirming')),
  ].map(({ id }) => id);
  const asked = new Set<string>();
  for (const sweepId of sweeps) {
    if (isUnderWay(sweepId)) continue;
    await context.store.transaction(async (tx) => {
      const current = (await tx.listRounds(sweepId)).at(-1);
      if (!current || (await tx.countUnfinished(current.id)) > 0) return;
      await tx.appendOutbox({ topic: 'fit', payload: { sweepId } });
      asked.add(sweepId);
    });
  }
  for (const { sweepId } of await context.store.unattendedFits(context.now())) {
    if (isUnderWay(sweepId) || asked.has(sweepId)) continue;
    await context.store.transaction((tx) => tx.appendOutbox({ topic: 'fit', payload: { sweepId } }));
    asked.add(sweepId);
  }
  return [...asked];
}
