// Runs in a worker thread: answers one input after another until it is ended from outside.
import { parentPort, workerData } from 'node:worker_threads';
import { computations } from './computations.js';
import { type ThreadError, toThreadError } from './thread-error.js';

/** What a thread is started with: the computation, and the part of the input that all its tasks share. */
export interface ThreadStart {
  readonly name: keyof typeof computations;
  readonly shared: object;
}

export interface ThreadTask {
  readonly index: number;
  readonly input: object;
}

export type ThreadMessage =
  | { readonly index: number; readonly progress: unknown }
  | { readonly index: number; readonly output: unknown }
  | { readonly index: number; readonly error: ThreadError };

const { name, shared } = workerData as ThreadStart;

parentPort?.on('message', async ({ index, input }: ThreadTask) => {
  const post = (message: ThreadMessage): void => parentPort?.postMessage(message);
  try {
    const compute = computations[name] as (input: object, report: (progress: unknown) => void) => unknown;
    post({ index, output: await compute({ ...shared, ...input }, (progress) => post({ index, progress })) });
  } catch (error) {
    post({ index, error: toThreadError(error) });
  }
});
