import { createHash } from 'node:crypto';
import type { Job, Queue } from 'bullmq';
import { z } from 'zod';
import type { Consumption, FitQueue } from '#libs/sweeps';
import type { Consumers } from './consumers.js';
import { fitQueueName } from './names.js';
import { ProblemLog } from './problem-log.js';
import { backoff } from './timing.js';

const fitMessageSchema = z.strictObject({ sweepId: z.string(), round: z.number() });

export class BullFitQueue implements FitQueue {
  constructor(
    private readonly queue: Queue,
    private readonly consumers: Consumers,
  ) {}

  async enqueue(sweepId: string, round: number): Promise<void> {
    await this.queue.add(
      'fit',
      { sweepId, round },
      {
        jobId: `fit-${createHash('sha256').update(sweepId).digest('hex').slice(0, 16)}-r${round}`,
        attempts: 3,
        backoff: { type: 'custom' },
        // Forgotten at once: when the reconciler asks again, that must not be ignored.
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
  }

  consume(handler: (sweepId: string) => Promise<void>): Consumption {
    const log = new ProblemLog(fitQueueName);
    const { timing } = this.consumers;
    const processor = async (job: Job) => {
      const message = fitMessageSchema.safeParse(job.data);
      if (message.success) await handler(message.data.sweepId);
      else log.warn(`a message that is not a request to fit was dropped: ${z.prettifyError(message.error)}`);
    };
    const { worker, consumption } = this.consumers.consume(fitQueueName, processor, {
      // More than one, so that a sweep's conclusion does not wait for another's fit; who computes shares the cores.
      concurrency: 4,
      maxStalledCount: 2,
      settings: { backoffStrategy: (attemptsMade) => backoff(timing, attemptsMade) },
    });
    worker.on('failed', (job, error) => log.error(new Error(`fit ${job?.id}: ${error.message}`)));
    return consumption;
  }
}
