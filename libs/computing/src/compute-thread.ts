import { Worker } from 'node:worker_threads';
import type { Computations } from './computations.js';
import type { ThreadMessage, ThreadStart, ThreadTask } from './compute.thread.js';
import { fromThreadError } from './thread-error.js';

/** A thread needs compiled code; where the program itself runs from source, the build's thread is used. */
const program = import.meta.url.endsWith('.ts')
  ? new URL('../../../dist/libs/computing/src/compute.thread.js', import.meta.url)
  : new URL('./compute.thread.js', import.meta.url);

/** One thread that answers one task after another. It starts with the first, anew where it died, and ends with `close` or the signal. */
export class ComputeThread {
  private worker: Worker | undefined;
  private settle: { resolve(output: unknown): void; reject(error: unknown): void } | undefined;
  private readonly onAbort = (): void => {
    this.settle?.reject(this.signal.reason);
    void this.worker?.terminate();
  };

  constructor(
    private readonly name: keyof Computations,
    private readonly shared: object,
    private readonly signal: AbortSignal,
    private readonly onProgress: (progress: unknown, index: number) => void,
  ) {
    signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Rejects with the task's own error, with the signal's reason, or when the thread dies. */
  ask(index: number, input: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.signal.throwIfAborted();
      this.settle = { resolve, reject };
      this.worker ??= this.start();
      this.worker.postMessage({ index, input } satisfies ThreadTask);
    });
  }

  /** Resolves when the thread is gone. */
  async close(): Promise<void> {
    this.signal.removeEventListener('abort', this.onAbort);
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(program, { workerData: { name: this.name, shared: this.shared } satisfies ThreadStart });
    worker.on('message', (message: ThreadMessage) => {
      if (this.signal.aborted) return;
      if ('progress' in message) this.onProgress(message.progress, message.index);
      else if ('error' in message) this.settle?.reject(fromThreadError(message.error));
      else this.settle?.resolve(message.output);
    });
    worker.once('error', (error) => this.settle?.reject(error));
    worker.once('exit', (code) => {
      this.worker = undefined;
      this.settle?.reject(new Error(`a thread ended with code ${code} and no answer`));
    });
    return worker;
  }
}
