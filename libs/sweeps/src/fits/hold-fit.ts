import type { FitProgressResponse } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { FitProgress } from '../ports/fit-runner.port.js';
import type { FitRecord } from '../ports/records.js';
import { FitWithdrawn } from '../sweeps.errors.js';

/** Milliseconds. A process that dies is found out after a lease; a cancelled fit stops after one renewal. */
const renewEvery = 1_000;
export const leaseLength = 20_000;

/** A claimed fit: renews its lease, writes its progress, and aborts `signal` when it was cancelled or taken away. */
export class HeldFit {
  private readonly abort = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly steps = new Map<string, string>();
  private renewal: Promise<void> = Promise.resolve();
  private renewing = false;
  private announced = 0;
  private progress: FitProgressResponse;

  constructor(
    private readonly context: SweepContext,
    readonly fit: FitRecord,
    total: number,
  ) {
    this.progress = { phase: 'fit', done: 0, total, doing: [] };
    this.timer = setInterval(() => this.renewSoon(), renewEvery);
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  report({ target, step, done, total }: FitProgress): void {
    if (step === null) this.steps.delete(target);
    else this.steps.set(target, step);
    const doing = [...this.steps].map(([name, what]) => `${name}: ${what}`);
    this.progress = { phase: 'fit', done, total, doing };
  }

  proposes(): void {
    this.progress = { ...this.progress, phase: 'propose', doing: [] };
  }

  /** Stops renewing; resolves when the renewal under way has ended. */
  async letGo(): Promise<void> {
    clearInterval(this.timer);
    await this.renewal;
  }

  /** A renewal that takes longer than the interval is the only one: they do not pile up. */
  private renewSoon(): void {
    if (this.renewing) return;
    this.renewing = true;
    this.renewal = this.renew().finally(() => {
      this.renewing = false;
    });
  }

  private async renew(): Promise<void> {
    const { id, sweepId, claim } = this.fit;
    const progress = this.progress;
    try {
      const held = await this.context.store.transaction(async (tx) => {
        const leaseUntil = new Date(this.context.now().getTime() + leaseLength);
        const renewed = await tx.updateFit(id, { states: ['running'], claim }, { leaseUntil, progress });
        if (renewed && progress.done > this.announced) {
          const { done, total } = progress;
          await tx.appendEvent({ sweepId, type: 'fit', data: { fitId: id, state: 'running', done, total } });
        }
        return renewed;
      });
      if (held) this.announced = progress.done;
      else this.abort.abort(new FitWithdrawn());
    } catch {
      // The database is away: the lease may run out, and then the next renewal finds another claim.
    }
  }
}
