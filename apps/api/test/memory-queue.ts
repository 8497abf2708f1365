import type { DynamicModule } from '@nestjs/common';
import { type Assignment, type Report, type ReportInput, reportSchema } from '#libs/contracts';
import {
  type AttemptKey,
  FIT_QUEUE,
  type FitQueue,
  REPORT_INBOX,
  type ReportInbox,
  RUN_QUEUE,
  type RunQueue,
} from '#libs/sweeps';

/** The API's end of the queue in memory, and a hand on the worker's end. */
export class MemoryQueue {
  readonly waiting: Assignment[] = [];
  readonly stopped: AttemptKey[] = [];
  answers = true;
  private readonly keys = new Set<string>();
  private onFit: ((sweepId: string) => Promise<void>) | undefined;
  private onReport: ((report: Report) => Promise<void>) | undefined;
  private readonly underWay = new Set<Promise<unknown>>();

  readonly runs: RunQueue = {
    enqueue: async (assignment) => {
      const key = `${assignment.runId} ${assignment.attempt}`;
      if (this.keys.has(key)) return;
      this.keys.add(key);
      this.waiting.push(assignment);
    },
    presence: async ({ runId, attempt }) => {
      if (!this.keys.has(`${runId} ${attempt}`)) return 'gone';
      return this.waiting.some((a) => a.runId === runId && a.attempt === attempt) ? 'waiting' : 'held';
    },
    requestStop: async (key) => {
      this.stopped.push(key);
    },
    ping: async () => {
      if (!this.answers) throw new Error('the queue is away');
    },
  };

  readonly fits: FitQueue = {
    enqueue: async (sweepId) => {
      this.track(Promise.resolve().then(() => this.onFit?.(sweepId)));
    },
    consume: (handler) => {
      this.onFit = handler;
      return { close: () => this.drain() };
    },
  };

  readonly reports: ReportInbox = {
    backlog: async () => 0,
    consume: (handler) => {
      this.onReport = handler;
      return { close: () => this.drain() };
    },
  };

  async report(report: ReportInput): Promise<void> {
    await this.onReport?.(reportSchema.parse(JSON.parse(JSON.stringify(report))));
  }

  module(): DynamicModule {
    return {
      module: MemoryQueueModule,
      global: true,
      providers: [
        { provide: RUN_QUEUE, useValue: this.runs },
        { provide: FIT_QUEUE, useValue: this.fits },
        { provide: REPORT_INBOX, useValue: this.reports },
      ],
      exports: [RUN_QUEUE, FIT_QUEUE, REPORT_INBOX],
    };
  }

  private track(work: Promise<unknown>): void {
    const tracked = work.catch(() => undefined).finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  private async drain(): Promise<void> {
    await Promise.all(this.underWay);
  }
}

class MemoryQueueModule {}
