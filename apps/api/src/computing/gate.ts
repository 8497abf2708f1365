/** Lets so many pieces of work through at a time; the others wait in the order in which they came. */
export class Gate {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly width: number) {}

  /** Work whose signal aborts while it waits is never begun, and rejects with the signal's reason. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.inside >= this.width) await new Promise<void>((enter) => this.waiting.push(enter));
    else this.inside += 1;
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      // The place goes to the next in line, or is free.
      const next = this.waiting.shift();
      if (next) next();
      else this.inside -= 1;
    }
  }
}
