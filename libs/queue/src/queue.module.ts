import { BullModule, getQueueToken } from '@nestjs/bullmq';
import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Queue } from 'bullmq';
import { ASSIGNMENT_SOURCE, FIT_QUEUE, REPORT_INBOX, REPORT_OUTBOX, RUN_QUEUE } from '#libs/sweeps';
import { BullAssignmentSource } from './bull-assignment-source.js';
import { BullFitQueue } from './bull-fit-queue.js';
import { BullReportInbox, BullReportOutbox } from './bull-report-queue.js';
import { BullRunQueue } from './bull-run-queue.js';
import { checkRedis } from './check-redis.js';
import { producerConnection, type QueueAddress, StoredQueue } from './connection.js';
import { Consumers } from './consumers.js';
import { fitQueueName, reportQueueName, runQueueName } from './names.js';
import { ProblemLog } from './problem-log.js';
import { defaultTiming, type QueueTiming } from './timing.js';

export interface QueueOptions extends QueueAddress {
  timing?: Partial<QueueTiming>;
}

const ADDRESS = Symbol('QueueAddress');
const QUEUES = Symbol('Queues');

/** Looks at Redis before anything is sent there, and hears what goes wrong on the queues' connections. */
@Injectable()
class QueueConnections implements OnModuleInit, OnModuleDestroy {
  private readonly logs: ProblemLog[] = [];

  constructor(
    @Inject(ADDRESS) private readonly address: QueueAddress,
    @Inject(QUEUES) private readonly queues: readonly Queue[],
  ) {
    for (const queue of queues) {
      const log = new ProblemLog(queue.name);
      queue.on('error', log.error);
      this.logs.push(log);
    }
  }

  async onModuleInit(): Promise<void> {
    try {
      if (this.address.redisUrl !== undefined) await checkRedis(this.address.redisUrl);
      await Promise.all(this.queues.map((queue) => queue.waitUntilReady()));
    } catch (error) {
      // The process does not start; Nest closes nothing then, and these would go on trying to connect.
      this.onModuleDestroy();
      await Promise.allSettled(this.queues.map((queue) => queue.close()));
      throw error;
    }
  }

  onModuleDestroy(): void {
    for (const log of this.logs) log.close();
  }
}

function assemble(
  options: QueueOptions,
  names: readonly string[],
  providers: object[],
  tokens: symbol[],
): DynamicModule {
  const { timing, ...address } = options;
  const connection = producerConnection(address);
  return {
    module: QueueModule,
    global: true,
    imports: [BullModule.registerQueue(...names.map((name) => ({ name, connection })))],
    providers: [
      { provide: ADDRESS, useValue: address },
      {
        provide: Consumers,
        useFactory: () => new Consumers(address, { ...defaultTiming, ...timing }),
      },
      { provide: QUEUES, useFactory: (...queues: Queue[]) => queues, inject: names.map((name) => getQueueToken(name)) },
      QueueConnections,
      ...(providers as DynamicModule['providers'] & object[]),
    ],
    exports: tokens,
  };
}

/** Provides the queue's ports to every module of a process. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the shape of a configurable Nest module
export class QueueModule {
  /** RUN_QUEUE, FIT_QUEUE and REPORT_INBOX. */
  static forApi(options: QueueOptions): DynamicModule {
    const names = [runQueueName, fitQueueName, reportQueueName] as const;
    const [runs, fits, reports] = names.map((name) => getQueueToken(name)) as [string, string, string];
    return assemble(
      options,
      names,
      [
        { provide: RUN_QUEUE, useFactory: (queue: Queue) => new BullRunQueue(queue), inject: [runs] },
        {
          provide: FIT_QUEUE,
          useFactory: (queue: Queue, consumers: Consumers) => new BullFitQueue(queue, consumers),
          inject: [fits, Consumers],
        },
        {
          provide: REPORT_INBOX,
          useFactory: (queue: Queue, consumers: Consumers) => new BullReportInbox(queue, consumers),
          inject: [reports, Consumers],
        },
      ],
      [RUN_QUEUE, FIT_QUEUE, REPORT_INBOX],
    );
  }

  /** ASSIGNMENT_SOURCE and REPORT_OUTBOX. */
  static forWorker(options: QueueOptions): DynamicModule {
    const [runs, reports] = [getQueueToken(runQueueName), getQueueToken(reportQueueName)];
    return assemble(
      options,
      [runQueueName, reportQueueName],
      [
        {
          provide: ASSIGNMENT_SOURCE,
          useFactory: (queue: Queue, consumers: Consumers) => new BullAssignmentSource(queue, consumers),
          inject: [runs, Consumers],
        },
        { provide: REPORT_OUTBOX, useFactory: (queue: Queue) => new BullReportOutbox(queue), inject: [reports] },
      ],
      [ASSIGNMENT_SOURCE, REPORT_OUTBOX],
    );
  }
}

BullModule.queueClass = StoredQueue;
