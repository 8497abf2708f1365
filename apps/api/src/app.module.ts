import { type DynamicModule, Module } from '@nestjs/common';
import { BackgroundModule } from './background/background.module.js';
import type { ApiConfig } from './config.js';
import { WhatIf } from './fits/what-if.service.js';
import { TrainingConfigs } from './formats/training-configs.service.js';
import { LeaseDesk } from './leases/lease-desk.service.js';
import { LeaseRecords } from './leases/lease-records.service.js';
import { ProcessMetrics } from './metrics/process-metrics.js';
import { RequestCounts } from './metrics/request-counts.js';
import { controllers } from './openapi/controllers.js';
import { sweepContextProvider } from './sweep-context.js';
import { SweepEvents } from './sweeps/sweep-events.service.js';

/** `adapters` provide the ports of libs/sweeps to every module: the store's and the queue's. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape of a configurable Nest module
export class AppModule {
  static forRoot(config: ApiConfig, adapters: readonly DynamicModule[]): DynamicModule {
    return {
      module: AppModule,
      imports: [...adapters, BackgroundModule.forRoot({ leaseSeconds: config.leaseSeconds, window: config.window })],
      controllers,
      providers: [
        sweepContextProvider,
        SweepEvents,
        LeaseDesk,
        LeaseRecords,
        WhatIf,
        TrainingConfigs,
        RequestCounts,
        ProcessMetrics,
      ],
    };
  }
}
