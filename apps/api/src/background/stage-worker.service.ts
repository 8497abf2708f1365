import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import {
  advanceStage,
  type Consumption,
  FIT_QUEUE,
  FIT_RUNNER,
  type FitQueue,
  type FitRunner,
  type SweepContext,
} from '#libs/sweeps';
import { SWEEP_CONTEXT } from '../sweep-context.js';
import { QueueFeeder } from './queue-feeder.service.js';

/** Fits and concludes the sweeps whose round has ended. The mathematics runs in a thread of its own. */
@Injectable()
export class StageWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly underWay = new Set<string>();
  private consumption: Consumption | undefined;

  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(FIT_QUEUE) private readonly fits: FitQueue,
    @Inject(FIT_RUNNER) private readonly runner: FitRunner,
    @Inject(QueueFeeder) private readonly feeder: QueueFeeder,
  ) {}

  onApplicationBootstrap(): void {
    this.consumption = this.fits.consume((sweepId) => this.advance(sweepId));
  }

  async onModuleDestroy(): Promise<void> {
    await this.runner.close();
    await this.consumption?.close();
  }

  isUnderWay(sweepId: string): boolean {
    return this.underWay.has(sweepId);
  }

  private async advance(sweepId: string): Promise<void> {
    if (this.underWay.has(sweepId)) return;
    this.underWay.add(sweepId);
    try {
      await advanceStage(this.context, this.runner, sweepId);
    } finally {
      this.underWay.delete(sweepId);
    }
    this.feeder.nudge();
  }
}
