import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import {
  admitRuns,
  dispatchOutbox,
  FIT_QUEUE,
  type FitQueue,
  RUN_QUEUE,
  type RunQueue,
  type SweepContext,
} from '#libs/sweeps';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { BACKGROUND_OPTIONS, type BackgroundOptions } from './background-options.js';
import { type Repetition, repeat } from './repeat.js';

/** Admits waiting runs and hands the outbox to the queue. Any number of API processes may do this side by side. */
@Injectable()
export class QueueFeeder implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(QueueFeeder.name);
  private repetition: Repetition | undefined;

  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(RUN_QUEUE) private readonly runs: RunQueue,
    @Inject(FIT_QUEUE) private readonly fits: FitQueue,
    @Inject(BACKGROUND_OPTIONS) private readonly options: BackgroundOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.repetition = repeat('queue feeder', 500, () => this.feed(), this.logger);
  }

  /** Call after a write that makes runs ready, so that nobody waits for the next turn. */
  nudge(): void {
    this.repetition?.nudge();
  }

  async onModuleDestroy(): Promise<void> {
    await this.repetition?.stop();
  }

  private async feed(): Promise<void> {
    await admitRuns(this.context, this.options.window);
    const queues = { runs: this.runs, fits: this.fits };
    while ((await dispatchOutbox(this.context, queues, this.options.leaseSeconds)) > 0);
  }
}
