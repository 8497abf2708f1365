import { type DynamicModule, Inject, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { ASSIGNMENT_SOURCE, type AssignmentSource, REPORT_OUTBOX, type ReportOutbox } from '#libs/sweeps';
import { WorkerHost, type WorkerHostOptions } from './worker-host.js';

/** Hands the runs back in the first step of a shutdown, while the queue's connections are still open. */
@Injectable()
class WorkerCloser implements OnModuleDestroy {
  constructor(@Inject(WorkerHost) private readonly host: WorkerHost) {}

  onModuleDestroy(): Promise<void> {
    return this.host.close();
  }
}

/** `queue` provides the worker's two ports to every module. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape of a configurable Nest module
export class WorkerModule {
  static forRoot(options: WorkerHostOptions, logger: Logger, queue: DynamicModule): DynamicModule {
    return {
      module: WorkerModule,
      imports: [queue],
      providers: [
        {
          provide: WorkerHost,
          inject: [ASSIGNMENT_SOURCE, REPORT_OUTBOX],
          useFactory: (source: AssignmentSource, outbox: ReportOutbox) =>
            new WorkerHost(source, outbox, options, logger),
        },
        WorkerCloser,
      ],
    };
  }
}
