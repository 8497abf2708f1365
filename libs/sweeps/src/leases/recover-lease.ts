import { type Assignment, leaseIdOf } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import { describeAssignment } from '../transitions/describe-assignment.js';
import { withFence } from '../transitions/fenced.js';

/**
 * A lease of this worker that it does not know of: the answer that carried it was lost. It is renewed and handed out
 * again, with the same attempt number, since nobody has begun it. Null when there is none.
 */
export async function recoverLease(
  context: SweepContext,
  worker: { workerId: string; holding: readonly string[] },
  leaseSeconds: number,
): Promise<Assignment | null> {
  const known = new Set(worker.holding);
  for (const { runId, number: attempt } of await context.store.openAttemptsOf(worker.workerId)) {
    if (known.has(leaseIdOf({ runId, attempt }))) continue;
    const run = await context.store.findRun(runId);
    const sweep = run && (await context.store.findSweep(run.sweepId));
    const assignment = sweep && (await describeAssignment(context, sweep, run, leaseSeconds));
    const leaseUntil = new Date(context.now().getTime() + leaseSeconds * 1000);
    const fence = { runId, attempt, workerId: worker.workerId };
    const renewed = await withFence(context, fence, (tx) => tx.updateAttempt(runId, attempt, { leaseUntil }));
    if (assignment && renewed === 'recorded') return { ...assignment, attempt };
  }
  return null;
}
