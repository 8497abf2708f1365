import type { SweepContext } from '../context.js';
import { stopsOfRuns } from '../ports/queue.port.js';
import type { AttemptState, Fence } from '../ports/records.js';

/** States that only the worker's own last report leads to. */
const ownEndings: readonly AttemptState[] = ['succeeded', 'diverged', 'failed', 'released'];

const reasons: Partial<Record<AttemptState, string>> = {
  cancelled: stopsOfRuns.sweepCancelled,
  lost: 'it ran out, and the run is given to another worker',
  stopped: stopsOfRuns.stoppedEarly,
};

/**
 * Why reports under this fence are refused. `endedByIt`: this worker's last report was recorded before, and its answer
 * lost; told again it is no error.
 */
export async function standingOf(context: SweepContext, fence: Fence): Promise<{ endedByIt: boolean; why: string }> {
  const attempts = await context.store.listAttempts(fence.runId);
  const attempt = attempts.find(({ number }) => number === fence.attempt);
  if (attempt === undefined) return { endedByIt: false, why: 'there is no such attempt' };
  if (attempt.workerId === null) return { endedByIt: false, why: 'it was never given to this worker' };
  if (attempt.workerId !== fence.workerId) return { endedByIt: false, why: 'another worker holds the run' };
  const endedByIt = ownEndings.includes(attempt.state);
  return { endedByIt, why: reasons[attempt.state] ?? `the attempt has ended (${attempt.state})` };
}
