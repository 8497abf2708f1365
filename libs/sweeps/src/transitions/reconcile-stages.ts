import type { SweepContext } from '../context.js';

/**
 * Asks again for the next stage of sweeps whose round has ended but which nobody works on: the queue lost the message,
 * or the process that fitted was killed. A request too many has no effect. Returns the sweeps asked for.
 */
export async function reconcileStages(
  context: SweepContext,
  isUnderWay: (sweepId: string) => boolean,
): Promise<string[]> {
  const sweeps = [
    ...(await context.store.sweepsInState('fitting')),
    ...(await context.store.sweepsInState('confirming')),
  ].filter((sweep) => !isUnderWay(sweep.id));
  const asked: string[] = [];
  for (const sweep of sweeps) {
    await context.store.transaction(async (tx) => {
      const rounds = await tx.listRounds(sweep.id);
      const current = rounds.at(-1);
      if (!current || (await tx.countUnfinished(current.id)) > 0) return;
      await tx.appendOutbox({ topic: 'fit', payload: { sweepId: sweep.id } });
      asked.push(sweep.id);
    });
  }
  return asked;
}
