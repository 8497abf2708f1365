import type { SweepContext } from '../context.js';

const rememberedDays = 7;

/** Workers that were silent for longer are forgotten. */
export function rememberedSince(now: Date): Date {
  return new Date(now.getTime() - rememberedDays * 86_400_000);
}

/** Every worker process has an id of its own: without this the list would grow with every start. */
export async function pruneWorkers(context: SweepContext): Promise<void> {
  await context.store.transaction((tx) => tx.deleteWorkersSilentSince(rememberedSince(context.now())));
}
