import type { WorkerSnapshot } from '#libs/contracts';
import type { SweepContext } from '../context.js';

/** What a worker says of itself replaces what it said before. */
export async function recordWorker(context: SweepContext, worker: WorkerSnapshot): Promise<void> {
  const now = context.now();
  await context.store.transaction((tx) => tx.putWorker({ ...worker, registeredAt: now, heartbeatAt: now }));
}
