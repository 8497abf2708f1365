interface Held {
  readonly stop: AbortController;
  /** The API knows that this worker is done with it. */
  over: boolean;
  /** Nobody works on it any more. */
  returned: boolean;
}

/** Leases whose end could not be told; more are of no use, since they have run out long since. */
const mostUntold = 100;

/** What source and outbox of one pull worker know together: the leases that reached it. */
export class HeldLeases {
  readonly #leases = new Map<string, Held>();

  has(id: string): boolean {
    return this.#leases.has(id);
  }

  /** Those under way, and those whose end the API was not told: it must not hand these out again as lost. */
  ids(): string[] {
    return [...this.#leases.keys()];
  }

  begin(id: string): AbortSignal {
    const stop = new AbortController();
    this.#leases.set(id, { stop, over: false, returned: false });
    return stop.signal;
  }

  /** The API knows of its end, or has ended it. */
  over(id: string): void {
    const held = this.#leases.get(id);
    if (held === undefined) return;
    held.over = true;
    if (held.returned) this.#leases.delete(id);
  }

  /** Whoever works on it is to stop. */
  stop(id: string, reason: string): void {
    this.#leases.get(id)?.stop.abort(reason);
    this.over(id);
  }

  /** Nobody works on it any more. */
  returned(id: string): void {
    const held = this.#leases.get(id);
    if (held === undefined) return;
    held.returned = true;
    if (held.over) this.#leases.delete(id);
    const untold = [...this.#leases].filter(([, lease]) => lease.returned);
    for (const [old] of untold.slice(0, Math.max(0, untold.length - mostUntold))) this.#leases.delete(old);
  }
}
