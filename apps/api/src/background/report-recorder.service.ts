import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { AttemptReport, Report } from '#libs/contracts';
import {
  type Consumption,
  REPORT_INBOX,
  type Recorded,
  type ReportInbox,
  RUN_QUEUE,
  type RunQueue,
  recordReport,
  recordWorker,
  type SweepContext,
  stopsOfRuns,
} from '#libs/sweeps';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { BACKGROUND_OPTIONS, type BackgroundOptions } from './background-options.js';
import { QueueFeeder } from './queue-feeder.service.js';

const endings: readonly Report['type'][] = ['result', 'diverged', 'failed', 'released'];

/** Records what workers report. A worker whose attempt is stale is told to stop. */
@Injectable()
export class ReportRecorder implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ReportRecorder.name);
  private consumption: Consumption | undefined;

  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(REPORT_INBOX) private readonly inbox: ReportInbox,
    @Inject(RUN_QUEUE) private readonly runs: RunQueue,
    @Inject(QueueFeeder) private readonly feeder: QueueFeeder,
    @Inject(BACKGROUND_OPTIONS) private readonly options: BackgroundOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.consumption = this.inbox.consume((report) => this.record(report));
  }

  async onModuleDestroy(): Promise<void> {
    await this.consumption?.close();
  }

  private async record(report: Report): Promise<void> {
    if (report.type === 'worker') return recordWorker(this.context, report.worker);
    const outcome = await this.recordAttempt(report);
    if (outcome === 'recorded') return;
    if (outcome === 'stopped') {
      this.logger.log(`run ${report.runId}: stopped early at its report of ${report.type}`);
      await this.runs.requestStop(report, stopsOfRuns.stoppedEarly);
      return;
    }
    this.logger.log(`run ${report.runId}: ${report.type} of attempt ${report.attempt} by ${report.workerId} is stale`);
    if (!endings.includes(report.type)) await this.runs.requestStop(report, 'the attempt is stale');
  }

  /** Also for reports that did not come through the queue: under a lease, the worker `mustHold` it. */
  async recordAttempt(report: AttemptReport, fence: { mustHold?: boolean } = {}): Promise<Recorded> {
    const outcome = await recordReport(this.context, report, this.options.leaseSeconds, fence);
    if (outcome === 'stopped' || endings.includes(report.type)) this.feeder.nudge();
    return outcome;
  }
}
