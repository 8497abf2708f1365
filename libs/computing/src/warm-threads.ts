import { InvalidInputError } from '#libs/simplex';
import type { Computations } from './computations.js';
import { ComputeThread } from './compute-thread.js';
import type { InputOf, OutputOf } from './run-in-threads.js';

interface WarmThread {
  readonly thread: ComputeThread;
  readonly stop: AbortController;
}

/**
 * For a computation that is asked for often and is over sooner than a thread starts: threads stay for the next input,
 * as many as were ever busy at once. One that was aborted or died is not used again.
 */
export class WarmThreads<Name extends keyof Computations> {
  private readonly all = new Set<WarmThread>();
  private readonly idle: WarmThread[] = [];
  private closed = false;

  constructor(private readonly name: Name) {}

  /** Rejects with the computation's own error, or with the signal's reason; then its thread is ended. */
  async compute(input: InputOf<Name>, signal: AbortSignal): Promise<OutputOf<Name>> {
    signal.throwIfAborted();
    if (this.closed) throw new Error('the threads are closed');
    const warm = this.idle.pop() ?? this.start();
    const onAbort = (): void => warm.stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    let reusable = false;
    try {
      const output = await warm.thread.ask(0, input);
      reusable = true;
      return output as OutputOf<Name>;
    } catch (error) {
      reusable = error instanceof InvalidInputError;
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (reusable && !this.closed) this.idle.push(warm);
      else await this.end(warm);
    }
  }

  /** Ends all threads; what is under way rejects. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { stop } of this.all) stop.abort(new Error('the threads are closed'));
    await Promise.all([...this.all].map((warm) => this.end(warm)));
  }

  private start(): WarmThread {
    const stop = new AbortController();
    const warm = { thread: new ComputeThread(this.name, {}, stop.signal, () => undefined), stop };
    this.all.add(warm);
    return warm;
  }

  private async end(warm: WarmThread): Promise<void> {
    this.all.delete(warm);
    await warm.thread.close();
  }
}
