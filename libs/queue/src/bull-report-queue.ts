import type { Job, Queue } from 'bullmq';
import { z } from 'zod';
import { type Report, type ReportInput, reportSchema } from '#libs/contracts';
import type { Consumption, ReportInbox, ReportOutbox } from '#libs/sweeps';
import type { Consumers } from './consumers.js';
import { reportQueueName } from './names.js';
import { ProblemLog } from './problem-log.js';
import { backoff } from './timing.js';

/** With the longest wait between two, more than three days. */
const attempts = 10_000;

export class BullReportOutbox implements ReportOutbox {
  constructor(private readonly queue: Queue) {}

  async send(report: ReportInput): Promise<void> {
    // Checked here too: what the other end would drop is the sender's mistake, and the sender should know.
    reportSchema.parse(report);
    await this.queue.add(report.type, report, {
      attempts,
      backoff: { type: 'custom' },
      removeOnComplete: true,
      removeOnFail: { count: 5_000, age: 30 * 86_400 },
    });
  }
}

export class BullReportInbox implements ReportInbox {
  constructor(
    private readonly queue: Queue,
    private readonly consumers: Consumers,
  ) {}

  backlog(): Promise<number> {
    return this.queue.getWaitingCount();
  }

  /** One report at a time, in the order they were sent; one that was refused comes again behind later ones. */
  consume(handler: (report: Report) => Promise<void>): Consumption {
    const log = new ProblemLog(reportQueueName);
    const { timing } = this.consumers;
    const processor = async (job: Job) => {
      const report = reportSchema.safeParse(job.data);
      if (report.success) await handler(report.data);
      else log.warn(`a message that is not a report was dropped: ${z.prettifyError(report.error).slice(0, 500)}`);
    };
    const { worker, consumption } = this.consumers.consume(reportQueueName, processor, {
      concurrency: 1,
      // However often its consumer dies, a report is delivered until it was handled.
      maxStalledCount: attempts,
      settings: { backoffStrategy: (attemptsMade) => backoff(timing, attemptsMade) },
    });
    worker.on('failed', (job, error) => log.error(new Error(`a ${job?.name} report comes again: ${error.message}`)));
    return consumption;
  }
}
