import type { Logger } from 'pino';
import type { WorkerFacts } from './worker-presence.js';

export type MeasuredFacts = Pick<WorkerFacts, 'backend' | 'backendReason' | 'gigaflops' | 'tokensPerSecond'>;

/** Measures this machine in a process of its own, which the signal ends. */
export type Measure = (stop: AbortSignal) => Promise<MeasuredFacts>;

/** After the last run ends, the next often begins within this time. */
const idleMs = 2000;

/**
 * Measures the machine once, while no run is trained: a run that comes ends the measurement, and it begins anew when the
 * worker has been idle for a moment. So neither disturbs the other.
 */
export class IdleMeasurement {
  #isDone = false;
  #stop: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly measure: Measure,
    private readonly onMeasured: (facts: MeasuredFacts) => void,
    private readonly logger: Logger,
  ) {}

  /** No run is under way. */
  idle(afterMs = idleMs): void {
    if (this.#isDone) return;
    this.#timer = setTimeout(() => void this.#begin(), afterMs);
  }

  /** A run begins, or the worker ends. */
  interrupt(): void {
    clearTimeout(this.#timer);
    this.#stop?.abort();
  }

  async #begin(): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    try {
      const facts = await this.measure(stop.signal);
      if (stop.signal.aborted) return;
      this.#isDone = true;
      this.onMeasured(facts);
    } catch (error) {
      if (stop.signal.aborted) return;
      this.#isDone = true;
      this.logger.warn({ err: error }, 'the backends could not be measured');
    }
  }
}
