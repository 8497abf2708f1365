import { Worker } from 'node:worker_threads';
import type { Computations } from './computations.js';
import type { ThreadMessage, ThreadStart, ThreadTask } from './compute.thread.js';
import { fromThreadError } from './thread-error.js';

/** A thread needs compiled code; where the program itself runs from source, the build's thread is used. */
const thread = import.meta.url.endsWith('.ts')
  ? new URL('../../../dist/libs/computing/src/compute.thread.js', import.meta.url)
  : new URL('./compute.thread.js', import.meta.url);

export type InputOf<Name extends keyof Computations> = Parameters<Computations[Name]>[0];
export type OutputOf<Name extends keyof Computations> = Awaited<ReturnType<Computations[Name]>>;
export type ProgressOf<Name extends keyof Computations> = Parameters<Parameters<Computations[Name]>[1]>[0];

export interface ThreadOptions<Progress> {
  /** Aborting ends the threads; the promise rejects with the signal's reason once they are gone. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress, index: number) => void;
}

/**
 * Runs one computation on many inputs in up to `threads` threads, each taking the next input when it is done with one.
 * Outputs come in the order of the inputs, whichever thread finished first. `shared` is copied to each thread once and
 * laid under every input. The first error ends all threads; an InvalidInputError arrives as one, code and details kept.
 */
export function runInThreads<Name extends keyof Computations>(
  name: Name,
  shared: Partial<InputOf<Name>>,
  inputs: readonly Partial<InputOf<Name>>[],
  threads: number,
  { signal, onProgress }: ThreadOptions<ProgressOf<Name>> = {},
): Promise<OutputOf<Name>[]> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const outputs: OutputOf<Name>[] = new Array(inputs.length);
    const workers = new Set<Worker>();
    let next = 0;
    let failure: { reason: unknown } | undefined;
    const fail = (reason: unknown): void => {
      failure ??= { reason };
      for (const worker of workers) void worker.terminate();
    };
    const onAbort = (): void => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });

    /** Gives the thread its next input, or ends it when there is none. */
    const feed = (worker: Worker): void => {
      if (next === inputs.length) return void worker.terminate();
      const task: ThreadTask = { index: next, input: inputs[next]! };
      next += 1;
      worker.postMessage(task);
    };
    const start = (): void => {
      const worker = new Worker(thread, { workerData: { name, shared } satisfies ThreadStart });
      workers.add(worker);
      let busy = true;
      worker.on('message', (message: ThreadMessage) => {
        if (failure) return;
        if ('progress' in message) return onProgress?.(message.progress as ProgressOf<Name>, message.index);
        if ('error' in message) return fail(fromThreadError(message.error));
        outputs[message.index] = message.output as OutputOf<Name>;
        busy = next < inputs.length;
        feed(worker);
      });
      worker.once('error', fail);
      worker.once('exit', (code) => {
        workers.delete(worker);
        if (busy && !failure) fail(new Error(`a thread ended with code ${code} and no answer`));
        if (workers.size > 0) return;
        signal?.removeEventListener('abort', onAbort);
        if (failure) reject(failure.reason);
        else resolve(outputs);
      });
      feed(worker);
    };
    if (inputs.length === 0) return resolve(outputs);
    for (let t = 0; t < Math.max(1, Math.min(threads, inputs.length)); t++) start();
  });
}
