import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { ASSIGNMENT_SOURCE, REPORT_OUTBOX } from '#libs/sweeps';
import { HeldLeases } from './held-leases.js';
import { HttpAssignmentSource, type PullIdentity } from './http-assignment-source.js';
import { HttpReportOutbox } from './http-report-outbox.js';
import { LeaseClient, type PullAddress } from './lease-client.js';

/** The worker's two ports over HTTP, where the queue cannot be reached. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape of a configurable Nest module
export class PullModule {
  static forWorker(address: PullAddress, identity: PullIdentity, logger: Logger): DynamicModule {
    const client = new LeaseClient(address);
    const held = new HeldLeases();
    return {
      module: PullModule,
      providers: [
        { provide: ASSIGNMENT_SOURCE, useValue: new HttpAssignmentSource(client, held, identity, logger) },
        { provide: REPORT_OUTBOX, useValue: new HttpReportOutbox(client, held) },
      ],
      exports: [ASSIGNMENT_SOURCE, REPORT_OUTBOX],
    };
  }
}
