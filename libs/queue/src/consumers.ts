import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { Job, WorkerOptions } from 'bullmq';
import type { Consumption } from '#libs/sweeps';
import { consumerConnection, type QueueAddress, StoredWorker } from './connection.js';
import { ProblemLog } from './problem-log.js';
import type { QueueTiming } from './timing.js';

/**
 * Opens the consumers of one process. Whoever opened one closes it in onModuleDestroy; what is still open afterwards
 * is closed here, one step later and one step before the queues and the store.
 */
@Injectable()
export class Consumers implements BeforeApplicationShutdown {
  private readonly open = new Set<Consumption>();

  constructor(
    private readonly address: QueueAddress,
    readonly timing: QueueTiming,
  ) {}

  consume(
    name: string,
    processor: (job: Job) => Promise<void>,
    options: Omit<WorkerOptions, 'connection'>,
  ): { worker: StoredWorker; consumption: Consumption } {
    const log = new ProblemLog(name);
    const { lock, stalledInterval } = this.timing;
    const worker = new StoredWorker(name, processor, {
      connection: consumerConnection(this.address),
      lockDuration: lock,
      stalledInterval,
      // A lost connection is tried again after this long.
      runRetryDelay: 1_000,
      ...options,
    });
    worker.on('error', log.error);
    let closing: Promise<void> | undefined;
    const consumption: Consumption = {
      close: () => {
        closing ??= worker.close().finally(() => {
          log.close();
          this.open.delete(consumption);
        });
        return closing;
      },
    };
    this.open.add(consumption);
    return { worker, consumption };
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.open].map((consumption) => consumption.close()));
  }
}
