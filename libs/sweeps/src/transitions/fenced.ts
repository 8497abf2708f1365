import type { SweepContext } from '../context.js';
import type { AttemptRecord, Fence, RunRecord, SweepRecord } from '../ports/records.js';
import type { StoreTransaction } from '../ports/store.port.js';

/** `stale`: nothing was written. `stopped`: written, and the run was stopped early. After either the worker should stop. */
export type Recorded = 'recorded' | 'stale' | 'stopped';

interface Held {
  run: RunRecord;
  attempt: AttemptRecord;
}

async function hold(tx: StoreTransaction, fence: Fence): Promise<Held | null> {
  const run = await tx.lockRun(fence.runId);
  if (!run || run.attempt !== fence.attempt || (run.state !== 'queued' && run.state !== 'running')) return null;
  const attempt = await tx.findAttempt(fence.runId, fence.attempt);
  if (attempt?.state !== 'open') return null;
  if (attempt.workerId === null ? fence.mustHold : attempt.workerId !== fence.workerId) return null;
  return { run, attempt };
}

/** Runs `write` if the fence still holds the run; touches no sweep, hence takes no lock on one. */
export async function withFence(
  context: SweepContext,
  fence: Fence,
  write: (tx: StoreTransaction, held: Held) => Promise<void>,
): Promise<Recorded> {
  return context.store.transaction(async (tx) => {
    const held = await hold(tx, fence);
    if (!held) return 'stale';
    await write(tx, held);
    return 'recorded';
  });
}

/** The same for transitions that write events or may end a round: the sweep is locked first, then the run. */
export async function withFenceAndSweep(
  context: SweepContext,
  fence: Fence,
  write: (tx: StoreTransaction, held: Held & { sweep: SweepRecord }) => Promise<void>,
): Promise<Recorded> {
  const known = await context.store.findRun(fence.runId);
  if (!known) return 'stale';
  return context.store.transaction(async (tx) => {
    const sweep = await tx.lockSweep(known.sweepId);
    const held = sweep && (await hold(tx, fence));
    if (!held) return 'stale';
    await write(tx, { ...held, sweep });
    return 'recorded';
  });
}
