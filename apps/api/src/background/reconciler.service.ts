import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RUN_QUEUE, type RunQueue, reconcile, reconcileStages, type SweepContext } from '#libs/sweeps';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { BACKGROUND_OPTIONS, type BackgroundOptions } from './background-options.js';
import { QueueFeeder } from './queue-feeder.service.js';
import { type Repetition, repeat } from './repeat.js';
import { StageWorker } from './stage-worker.service.js';

/** Holds the queue against Postgres, three times a lease. */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Reconciler.name);
  private repetition: Repetition | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(RUN_QUEUE) private readonly runs: RunQueue,
    @Inject(QueueFeeder) private readonly feeder: QueueFeeder,
    @Inject(StageWorker) private readonly stages: StageWorker,
    @Inject(BACKGROUND_OPTIONS) private readonly options: BackgroundOptions,
  ) {}

  onApplicationBootstrap(): void {
    const everyMs = (this.options.leaseSeconds * 1000) / 3;
    // After a stop of the API the heartbeats lie in the report queue, not in Postgres: they are heard before anyone
    // is declared dead.
    this.timer = setTimeout(() => {
      this.repetition = repeat('reconciler', everyMs, () => this.reconcile(), this.logger);
    }, this.options.leaseSeconds * 1000);
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    await this.repetition?.stop();
  }

  private async reconcile(): Promise<void> {
    const { expired, requeued } = await reconcile(this.context, this.runs, this.options);
    for (const key of expired) this.logger.warn(`run ${key.runId}: attempt ${key.attempt} lost its worker`);
    for (const key of requeued) this.logger.warn(`run ${key.runId}: attempt ${key.attempt} was lost by the queue`);
    const stages = await reconcileStages(this.context, (sweepId) => this.stages.isUnderWay(sweepId));
    if (expired.length + requeued.length + stages.length > 0) this.feeder.nudge();
  }
}
