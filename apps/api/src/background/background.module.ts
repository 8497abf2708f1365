import { type DynamicModule, Module } from '@nestjs/common';
import { FIT_RUNNER } from '#libs/sweeps';
import { ThreadFitRunner } from '../computing/thread-fit-runner.js';
import { sweepContextProvider } from '../sweep-context.js';
import { BACKGROUND_OPTIONS, type BackgroundOptions } from './background-options.js';
import { QueueFeeder } from './queue-feeder.service.js';
import { Reconciler } from './reconciler.service.js';
import { ReportRecorder } from './report-recorder.service.js';
import { StageWorker } from './stage-worker.service.js';

/** Everything the API does that no request asks for. Needs the store's and the queue's modules, which are global. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape of a configurable Nest module
export class BackgroundModule {
  static forRoot(options: BackgroundOptions): DynamicModule {
    return {
      module: BackgroundModule,
      providers: [
        { provide: BACKGROUND_OPTIONS, useValue: options },
        { provide: FIT_RUNNER, useClass: ThreadFitRunner },
        sweepContextProvider,
        QueueFeeder,
        Reconciler,
        ReportRecorder,
        StageWorker,
      ],
      exports: [QueueFeeder, ReportRecorder, FIT_RUNNER, BACKGROUND_OPTIONS],
    };
  }
}
