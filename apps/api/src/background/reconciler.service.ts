import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import {
  pruneWorkers,
  REPORT_INBOX,
  type ReportInbox,
  RUN_QUEUE,
  type RunQueue,
  reconcile,
  reconcileStages,
  type SweepContext,
} from '#libs/sweeps';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { BACKGROUND_OPTIONS, type BackgroundOptions } from './background-options.js';
import { QueueFeeder } from './queue-feeder.service.js';
import { type Repetition, repeat } from './repeat.js';
import { StageWorker } from './stage-worker.service.js';

/** With this many reports unread, a heartbeat may be among them. */
const unreadLimit = 20;

/** Holds the queue against Postgres, three times a lease. */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Reconciler.name);
  private repetition: Repetition | undefined;
  /** Until then nobody is declared dead. */
  private patientUntil = 0;
  private lastTurn = 0;

  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(RUN_QUEUE) private readonly runs: RunQueue,
    @Inject(REPORT_INBOX) private readonly inbox: ReportInbox,
    @Inject(QueueFeeder) private readonly feeder: QueueFeeder,
    @Inject(StageWorker) private readonly stages: StageWorker,
    @Inject(BACKGROUND_OPTIONS) private readonly options: BackgroundOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.repetition = repeat('reconciler', this.everyMs, () => this.reconcileWhenHeard(), this.logger);
  }

  async onModuleDestroy(): Promise<void> {
    await this.repetition?.stop();
  }

  private get everyMs(): number {
    return (this.options.leaseSeconds * 1000) / 3;
  }

  /**
   * After a stop of this process, and after an outage of the database or the queue, the heartbeats lie unread or on
   * their way: a whole lease passes, and the reports are read, before silence counts.
   */
  private async reconcileWhenHeard(): Promise<void> {
    const now = Date.now();
    if (now - this.lastTurn > 3 * this.everyMs) this.patientUntil = now + this.options.leaseSeconds * 1000;
    this.lastTurn = now;
    try {
      const unread = await this.inbox.backlog();
      if (now >= this.patientUntil && unread < unreadLimit) await this.reconcile();
    } catch (error) {
      this.patientUntil = Date.now() + this.options.leaseSeconds * 1000;
      throw error;
    }
  }

  private async reconcile(): Promise<void> {
    const { expired, requeued } = await reconcile(this.context, this.runs, this.options);
    for (const key of expired) this.logger.warn(`run ${key.runId}: attempt ${key.attempt} lost its worker`);
    for (const key of requeued) this.logger.warn(`run ${key.runId}: attempt ${key.attempt} was lost by the queue`);
    const stages = await reconcileStages(this.context, (sweepId) => this.stages.isUnderWay(sweepId));
    await pruneWorkers(this.context);
    if (expired.length + requeued.length + stages.length > 0) this.feeder.nudge();
  }
}
