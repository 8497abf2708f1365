import { Inject, Injectable, Logger } from '@nestjs/common';
import { type AttemptReport, parseLeaseId } from '#libs/contracts';
import { LeaseStale, RUN_QUEUE, type RunQueue, type SweepContext, standingOf } from '#libs/sweeps';
import { ReportRecorder } from '../background/report-recorder.service.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';

type Fence = 'runId' | 'attempt' | 'workerId';
export type LeaseReport = AttemptReport extends infer R ? (R extends unknown ? Omit<R, Fence> : never) : never;

/** Only the lease itself makes an attempt a worker's own. */
const leased = { mustHold: true };

/** Records what pull workers say, as it records what comes through the queue. */
@Injectable()
export class LeaseRecords {
  private readonly logger = new Logger(LeaseRecords.name);

  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(RUN_QUEUE) private readonly runs: RunQueue,
    @Inject(ReportRecorder) private readonly recorder: ReportRecorder,
  ) {}

  /** Renews the lease; why the worker is to stop, where it is no longer its own. */
  async reasonToStop(id: string, workerId: string): Promise<string | null> {
    const fence = { ...parseLeaseId(id), workerId };
    const outcome = await this.recorder.recordAttempt({ type: 'heartbeat', ...fence }, leased);
    return outcome === 'recorded' ? null : (await standingOf(this.context, fence)).why;
  }

  /** Throws LeaseStale where the lease is over. */
  async record(id: string, workerId: string, report: LeaseReport): Promise<void> {
    const fence = { ...parseLeaseId(id), workerId };
    const outcome = await this.recorder.recordAttempt({ ...report, ...fence } as AttemptReport, leased);
    if (outcome !== 'recorded') throw await this.stale(id, fence, report.type);
  }

  /** The last report of a lease. Said again, because the first answer was lost, it is no error. */
  async end(id: string, workerId: string, report: LeaseReport): Promise<void> {
    const fence = { ...parseLeaseId(id), workerId };
    const outcome = await this.recorder.recordAttempt({ ...report, ...fence } as AttemptReport, leased);
    if (outcome !== 'recorded' && !(await standingOf(this.context, fence)).endedByIt) {
      throw await this.stale(id, fence, report.type);
    }
    // A message for the same attempt may have reached the queue after the run was leased: nobody should start it now.
    await this.runs.requestStop(fence, 'the attempt has ended').catch(() => undefined);
  }

  private async stale(id: string, fence: Parameters<typeof standingOf>[1], type: string): Promise<LeaseStale> {
    const { why } = await standingOf(this.context, fence);
    this.logger.log(`lease ${id}: ${type} by ${fence.workerId} is stale: ${why}`);
    return new LeaseStale(id, why);
  }
}
