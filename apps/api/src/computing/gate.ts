import { TooBusy } from '../problems/request.errors.js';

/** Lets so many pieces of work through at a time; the others wait in the order in which they came. */
export class Gate {
  private inside = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly width: number,
    private readonly mostWaiting = Number.POSITIVE_INFINITY,
  ) {}

  /**
   * Work whose signal aborts while it waits is never begun, and rejects with the signal's reason at once. Throws TooBusy
   * when as many wait as may.
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.inside < this.width) this.inside += 1;
    else if (this.waiting.size >= this.mostWaiting) throw new TooBusy();
    else await this.turn(signal);
    try {
      return await work();
    } finally {
      // The place goes to the next in line, or is free.
      const [next] = this.waiting;
      if (next) next();
      else this.inside -= 1;
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        this.waiting.delete(enter);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.delete(enter);
        reject(signal.reason);
      };
      this.waiting.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
