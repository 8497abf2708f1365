import type { FailureClass } from '#libs/contracts';

/** How an attempt ended, as far as it says something about the worker. */
export type AttemptVerdict =
  /** Trained to its end; a divergence is a result too. */
  | { type: 'done' }
  /** Ended from outside: says nothing. */
  | { type: 'stopped' | 'released' }
  | { type: 'failed'; class: FailureClass; message: string; saidByTrainer: boolean };

export interface BreakerLimits {
  /** Fast failures in a row which open it. */
  failures: number;
  /** A failure after a longer time is not fast: something worked until then. */
  fastSeconds: number;
  /** How long it stays open at first; twice as long after every trial that fails. */
  coolDownSeconds: number;
  longestCoolDownSeconds: number;
}

export const defaultBreaker: BreakerLimits = {
  failures: 3,
  fastSeconds: 30,
  coolDownSeconds: 60,
  longestCoolDownSeconds: 900,
};

/** The usual limits with another first cool-down. */
export function breakerLimits(coolDownSeconds = defaultBreaker.coolDownSeconds): BreakerLimits {
  const { longestCoolDownSeconds } = defaultBreaker;
  return {
    ...defaultBreaker,
    coolDownSeconds,
    longestCoolDownSeconds: Math.max(coolDownSeconds, longestCoolDownSeconds),
  };
}

/** `closed`: takes runs. `open`: takes none. `half-open`: takes one, to see whether the trouble is over. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * A worker on which every run fails at once (a broken driver, a GPU that another program holds, a missing disk) is the
 * fastest worker of all and would eat the whole sweep. After a row of fast failures that no run caused it takes no more
 * runs for a while, then one. Failures that a run itself causes (wrong parameters, a domain without text) say nothing
 * about the worker: they neither lengthen the row nor end it.
 */
export class CircuitBreaker {
  #state: BreakerState = 'closed';
  #inARow = 0;
  #openings = 0;
  #reason: string | null = null;

  constructor(private readonly limits: BreakerLimits = defaultBreaker) {}

  get state(): BreakerState {
    return this.#state;
  }

  /** The last failure, while no run has succeeded since. */
  get reason(): string | null {
    return this.#reason;
  }

  /** How long the present opening lasts. */
  get coolDownSeconds(): number {
    const { coolDownSeconds, longestCoolDownSeconds } = this.limits;
    return Math.min(longestCoolDownSeconds, coolDownSeconds * 2 ** Math.min(20, this.#openings - 1));
  }

  /** Takes note of the end of an attempt; true when the state has changed. What ends while it is open is passed over. */
  record(verdict: AttemptVerdict, seconds: number): boolean {
    if (this.#state === 'open') return false;
    if (verdict.type === 'done') return this.#close();
    if (verdict.type !== 'failed' || !isOfTheWorker(verdict)) return false;
    if (this.#state === 'half-open') return this.#open(verdict);
    this.#inARow = seconds < this.limits.fastSeconds ? this.#inARow + 1 : 0;
    return this.#inARow >= this.limits.failures && this.#open(verdict);
  }

  /** The cool-down is over. */
  tryAgain(): void {
    if (this.#state === 'open') this.#state = 'half-open';
  }

  #open({ class: name, message }: { class: FailureClass; message: string }): true {
    this.#state = 'open';
    this.#openings += 1;
    this.#reason = `${name}: ${message}`;
    return true;
  }

  #close(): boolean {
    const changed = this.#state !== 'closed';
    this.#state = 'closed';
    this.#inARow = 0;
    this.#openings = 0;
    this.#reason = null;
    return changed;
  }
}

/**
 * Out of memory counts even where the trainer says it: a GPU that something else has filled fails every run so, and a
 * model that is too large for every worker costs a sweep nothing more than the waits.
 */
function isOfTheWorker({ class: name, saidByTrainer }: { class: FailureClass; saidByTrainer: boolean }): boolean {
  return name === 'infrastructure' || name === 'out-of-memory' || (name === 'internal' && !saidByTrainer);
}
