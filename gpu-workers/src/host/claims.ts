import type { Logger } from 'pino';
import type { Assignment } from '#libs/contracts';
import type { AssignmentSource, Consumption } from '#libs/sweeps';
import { type AttemptVerdict, type BreakerLimits, type BreakerState, CircuitBreaker } from './circuit-breaker.js';

/**
 * Takes assignments as long as the circuit breaker lets it. When it opens, nothing more is taken, and what is under way
 * goes on; after the cool-down one assignment is taken at a time until one succeeds, then as many as before.
 */
export class Claims {
  readonly #breaker: CircuitBreaker;
  /** Those that take assignments. */
  #open: Consumption[] = [];
  /** Those told to take no more, until their last handler has returned. */
  readonly #draining = new Set<Promise<void>>();
  #coolDown: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    private readonly source: AssignmentSource,
    private readonly concurrency: number,
    private readonly execute: (assignment: Assignment, stop: AbortSignal) => Promise<AttemptVerdict>,
    limits: BreakerLimits,
    private readonly onChange: (state: BreakerState, reason: string | null) => void,
    private readonly logger: Logger,
  ) {
    this.#breaker = new CircuitBreaker(limits);
  }

  start(): void {
    if (!this.#isClosed) this.#take(this.concurrency);
  }

  /** Takes nothing more; resolves when the handlers under way have returned. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#coolDown);
    this.#takeNoMore();
    await Promise.all(this.#draining);
  }

  #take(concurrency: number): void {
    const consumption = this.source.consume(concurrency, async (assignment, stop) => {
      const begun = performance.now();
      const verdict = await this.execute(assignment, stop);
      // What was taken before the breaker opened says nothing about the time after it.
      if (!this.#open.includes(consumption)) return;
      if (this.#breaker.record(verdict, (performance.now() - begun) / 1000)) this.#changed();
    });
    this.#open.push(consumption);
  }

  /** Not awaited by the handler that calls it: the queue waits for that one. */
  #takeNoMore(): void {
    for (const consumption of this.#open.splice(0)) {
      const drained = consumption
        .close()
        .catch((error: unknown) => this.logger.warn({ err: error }, 'the queue did not close cleanly'))
        .finally(() => this.#draining.delete(drained));
      this.#draining.add(drained);
    }
  }

  #changed(): void {
    if (this.#isClosed) return;
    const { state, reason, coolDownSeconds } = this.#breaker;
    if (state === 'open') {
      this.#takeNoMore();
      this.logger.error(
        { reason, coolDownSeconds },
        'runs fail here at once for no fault of their own: this worker takes none for a while',
      );
      this.#coolDown = setTimeout(() => this.#tryAgain(), coolDownSeconds * 1000);
    } else {
      this.logger.info('a run has succeeded: this worker takes runs again');
      void this.#takeAll();
    }
    this.onChange(state, reason);
  }

  #tryAgain(): void {
    this.#breaker.tryAgain();
    this.logger.info('this worker takes one run, to see whether they still fail at once');
    this.#take(1);
    this.onChange(this.#breaker.state, this.#breaker.reason);
  }

  /** The rest of the slots, beside the one that tried: as soon as no earlier run holds one of them. */
  async #takeAll(): Promise<void> {
    await Promise.all(this.#draining);
    const isReady = !this.#isClosed && this.#breaker.state === 'closed' && this.#open.length === 1;
    if (isReady && this.concurrency > 1) this.#take(this.concurrency - 1);
  }
}
