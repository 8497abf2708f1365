import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type Assignment, type Lease, type LeaseRequest, leaseIdOf } from '#libs/contracts';
import { leaseRun, RUN_QUEUE, type RunQueue, recordReport, recoverLease, type SweepContext } from '#libs/sweeps';
import { BACKGROUND_OPTIONS, type BackgroundOptions } from '../background/background-options.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';

/** Between two looks for the workers that wait. */
const pollMs = 500;

interface Waiter {
  request: LeaseRequest;
  gone: AbortSignal;
  /** On the clock of `performance.now`. */
  until: number;
  settle(assignment: Assignment | null): void;
}

/**
 * Hands runs to workers that ask over HTTP. One after the other, so that workers which ask at the same moment do not
 * all reach for the same run; and those that wait share one look at the store, however many they are. No connection to
 * the database is held while they wait.
 */
@Injectable()
export class LeaseDesk implements OnModuleDestroy {
  private readonly logger = new Logger(LeaseDesk.name);
  private readonly waiters = new Set<Waiter>();
  private turn: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private granted = 0;

  constructor(
    @Inject(SWEEP_CONTEXT) private readonly context: SweepContext,
    @Inject(RUN_QUEUE) private readonly runs: RunQueue,
    @Inject(BACKGROUND_OPTIONS) private readonly options: BackgroundOptions,
  ) {}

  /** Workers that wait for a run, and leases given since the start of this process. */
  get counts(): { waiting: number; granted: number } {
    return { waiting: this.waiters.size, granted: this.granted };
  }

  /** Null when there was nothing for the worker as long as it waits, or when it went away meanwhile. */
  async lease(request: LeaseRequest, gone: AbortSignal): Promise<Lease | null> {
    const { leaseSeconds } = this.options;
    const recovered = await recoverLease(this.context, request, leaseSeconds);
    const assignment = recovered ?? (request.lostOnly ? null : await this.findNew(request, gone));
    if (assignment === null) return null;
    if (gone.aborted) {
      await this.takeBack(request, assignment);
      return null;
    }
    this.granted += 1;
    return { id: leaseIdOf(assignment), assignment };
  }

  /** Open requests would keep the server from closing. */
  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    for (const waiter of this.waiters) this.settle(waiter, null);
  }

  private async findNew(request: LeaseRequest, gone: AbortSignal): Promise<Assignment | null> {
    const until = performance.now() + request.waitSeconds * 1000;
    const now = await this.inTurn(() => this.claim(request, gone));
    if (now !== null || gone.aborted || this.stopped || performance.now() >= until) return now;
    return new Promise((resolve) => {
      const waiter: Waiter = { request, gone, until, settle: resolve };
      this.waiters.add(waiter);
      this.timer ??= setTimeout(() => this.look(), pollMs);
    });
  }

  /** One look for all who wait: the first who finds nothing speaks for all with the same trainers. */
  private async look(): Promise<void> {
    const inVain = new Set<string>();
    for (const waiter of [...this.waiters]) {
      const { request, gone, until } = waiter;
      const trainers = JSON.stringify([...request.trainers].sort());
      let found: Assignment | null = null;
      if (!gone.aborted && !inVain.has(trainers)) {
        try {
          found = await this.inTurn(() => this.claim(request, gone));
        } catch (error) {
          this.logger.warn('runs for pull workers could not be looked for; trying again', { err: error });
        }
        if (found === null) inVain.add(trainers);
      }
      if (found !== null || gone.aborted || performance.now() >= until) this.settle(waiter, found);
    }
    this.timer = this.waiters.size > 0 && !this.stopped ? setTimeout(() => this.look(), pollMs) : undefined;
  }

  private settle(waiter: Waiter, assignment: Assignment | null): void {
    this.waiters.delete(waiter);
    waiter.settle(assignment);
  }

  private async claim(request: LeaseRequest, gone: AbortSignal): Promise<Assignment | null> {
    if (gone.aborted || this.stopped) return null;
    return leaseRun(this.context, this.runs, request, this.options.leaseSeconds);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Nobody is left to tell: the run need not wait for the lease to run out. */
  private async takeBack({ workerId }: LeaseRequest, { runId, attempt }: Assignment): Promise<void> {
    const reason = 'the worker went away before the lease reached it';
    const report = { type: 'released', runId, attempt, workerId, reason } as const;
    await recordReport(this.context, report, this.options.leaseSeconds);
  }
}
