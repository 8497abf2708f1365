import { z } from 'zod';
import type { ReportInput } from '#libs/contracts';
import { type ReportOutbox, ReportRefused } from '#libs/sweeps';
import { pause } from './pause.js';

export interface ReportTiming {
  firstRetryMs: number;
  longestRetryMs: number;
  /** A report is dropped after this long; the lease has run out by then and the API has given the run to another. */
  patienceMs: number;
  /** Progress without an evaluation is sent at most this often. */
  progressMs: number;
}

export const defaultReportTiming: ReportTiming = {
  firstRetryMs: 200,
  longestRetryMs: 5000,
  patienceMs: 600_000,
  progressMs: 1000,
};

type Fence = 'runId' | 'attempt' | 'workerId';
type Body = ReportInput extends infer R ? (R extends unknown ? Omit<R, Fence> : never) : never;

/** More unsent reports than this and the oldest are dropped: the queue's store has been away for long. */
const longestBacklog = 1000;

/**
 * Sends the reports of one attempt in order, one at a time, each until it is durable. While the queue's store is away,
 * heartbeats and plain progress are replaced by the newest of their kind and evaluated points are kept, so that a
 * long outage costs neither memory nor the loss curve. Never throws: a refused report is logged.
 */
export class AttemptReports {
  readonly #waiting: Body[] = [];
  #sending: Promise<void> | undefined;
  #lastProgress = Number.NEGATIVE_INFINITY;
  #passedOver: Body | undefined;

  constructor(
    private readonly outbox: ReportOutbox,
    private readonly fence: { runId: string; attempt: number; workerId: string },
    /** Aborted when nobody wants reports of this attempt any more: what is unsent is dropped. */
    private readonly dropped: AbortSignal,
    private readonly timing: ReportTiming,
    private readonly onTrouble: (message: string, error: unknown) => void,
  ) {}

  /** Queues a report; resolves when it and all before it were sent or given up. */
  send(body: Body): Promise<void> {
    const replaced = this.#waiting.findIndex((waiting) => replaceable(waiting) && waiting.type === body.type);
    if (replaceable(body) && replaced >= 0) this.#waiting.splice(replaced, 1);
    else if (this.#waiting.length >= longestBacklog) this.#waiting.shift();
    // The curve ends where the training ended, not up to a second before.
    if (this.#passedOver !== undefined && !replaceable(body)) {
      if (body.type !== 'progress') this.#waiting.push(this.#passedOver);
      this.#passedOver = undefined;
    }
    this.#waiting.push(body);
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Thins progress out; a point with held-out losses is always sent. */
  progress(body: Extract<Body, { type: 'progress' }>, now: number): void {
    if (body.losses === undefined && now - this.#lastProgress < this.timing.progressMs) {
      this.#passedOver = body;
      return;
    }
    this.#passedOver = undefined;
    this.#lastProgress = now;
    void this.send(body);
  }

  async #drain(): Promise<void> {
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) {
      await this.#sendOne({ ...body, ...this.fence } as ReportInput);
    }
  }

  async #sendOne(report: ReportInput): Promise<void> {
    const givenUp = performance.now() + this.timing.patienceMs;
    for (let tries = 0; !this.dropped.aborted; tries += 1) {
      try {
        return await this.outbox.send(report);
      } catch (error) {
        // The contract refuses it, here or at the other end: it would refuse it again.
        if (error instanceof z.ZodError || error instanceof ReportRefused)
          return this.onTrouble(`a ${report.type} report is unusable`, error);
        if (tries === 0) this.onTrouble(`a ${report.type} report could not be sent; trying again`, error);
        if (report.type === 'heartbeat' || performance.now() > givenUp) {
          return this.onTrouble(`a ${report.type} report was dropped`, error);
        }
        const most = Math.min(this.timing.longestRetryMs, this.timing.firstRetryMs * 2 ** Math.min(tries, 20));
        await pause(most * (0.5 + Math.random() / 2), this.dropped);
      }
    }
  }
}

function replaceable(body: Body): boolean {
  return body.type === 'heartbeat' || (body.type === 'progress' && body.losses === undefined);
}
