import type { AttemptReport } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { Fence } from '../ports/records.js';
import type { Recorded } from './fenced.js';
import { recordCheckpoint, recordResumption } from './record-checkpoint.js';
import { recordFailure, releaseAttempt } from './record-failure.js';
import { recordDivergence, recordObservation } from './record-observation.js';
import { recordProgress } from './record-progress.js';
import { extendLease, recordBackend, startAttempt } from './start-attempt.js';

/**
 * One report of a worker, whatever its kind. Unless it is `recorded`, the attempt is no longer theirs: they should stop.
 * `mustHold`: as in Fence.
 */
export async function recordReport(
  context: SweepContext,
  report: AttemptReport,
  leaseSeconds: number,
  { mustHold = false }: Pick<Fence, 'mustHold'> = {},
): Promise<Recorded> {
  const fence: Fence = { runId: report.runId, attempt: report.attempt, workerId: report.workerId, mustHold };
  const leaseUntil = new Date(context.now().getTime() + leaseSeconds * 1000);
  switch (report.type) {
    case 'started':
      return startAttempt(context, fence, report.host, leaseUntil);
    case 'heartbeat':
      return extendLease(context, fence, leaseUntil);
    case 'backend':
      return recordBackend(context, fence, report.backend, report.reason);
    case 'resumed':
      return recordResumption(context, fence, report.step);
    case 'checkpoint':
      return recordCheckpoint(context, fence, report.step, leaseUntil);
    case 'progress':
      return recordProgress(context, fence, { ...report, losses: report.losses ?? {} }, leaseUntil);
    case 'result':
      return recordObservation(context, fence, report);
    case 'diverged':
      return recordDivergence(context, fence, report);
    case 'failed':
      return recordFailure(context, fence, {
        failureClass: report.class,
        message: report.message,
        stderrTail: report.stderrTail,
      });
    case 'released':
      return releaseAttempt(context, fence, report.reason);
  }
}
