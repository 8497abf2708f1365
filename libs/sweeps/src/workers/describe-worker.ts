import type { WorkerList, WorkerResponse } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { WorkerRecord } from '../ports/records.js';
import { NotFound } from '../sweeps.errors.js';
import { rememberedSince } from './prune-workers.js';

/** Every worker heard of within a week, by host and id. */
export async function describeWorkers(context: SweepContext): Promise<WorkerList> {
  const now = context.now();
  const workers = await context.store.listWorkers(rememberedSince(now));
  return { workers: workers.map((worker) => describe(worker, now)) };
}

export async function describeWorker(context: SweepContext, id: string): Promise<WorkerResponse> {
  const { workers } = await describeWorkers(context);
  const found = workers.find((worker) => worker.id === id);
  if (!found) throw new NotFound('worker', id);
  return found;
}

/** Silent for three heartbeats without having said that it goes. */
export function isLost({ state, heartbeatAt, heartbeatSeconds }: WorkerRecord, now: Date): boolean {
  return state !== 'stopped' && now.getTime() - heartbeatAt.getTime() > 3 * heartbeatSeconds * 1000;
}

/** It takes runs, or will when its circuit breaker lets it. */
export function isThere(worker: WorkerRecord, now: Date): boolean {
  return (worker.state === 'active' || worker.state === 'broken') && !isLost(worker, now);
}

function describe(worker: WorkerRecord, now: Date): WorkerResponse {
  const { sequence: _, ...said } = worker;
  const lost = isLost(worker, now);
  return {
    ...said,
    gpus: [...worker.gpus],
    trainers: [...worker.trainers],
    state: lost ? 'lost' : worker.state,
    reason: lost ? `no sign of life since ${worker.heartbeatAt.toISOString()}` : worker.reason,
    registeredAt: worker.registeredAt.toISOString(),
    heartbeatAt: worker.heartbeatAt.toISOString(),
  };
}
