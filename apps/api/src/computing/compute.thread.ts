// Runs in a worker thread: one computation, one answer, and the thread ends.
import { parentPort, workerData } from 'node:worker_threads';
import { InvalidInputError } from '#libs/simplex';
import { computations } from './computations.js';

export interface ThreadTask {
  name: keyof typeof computations;
  input: unknown;
}

/** Errors lose their class on the way between threads; a caller's mistake keeps what makes it one. */
export type ThreadAnswer =
  | { output: unknown }
  | { mistake: { code: string; message: string; details: InvalidInputError['details'] } }
  | { error: string; stack: string | undefined };

parentPort?.postMessage(answer(workerData as ThreadTask));

function answer({ name, input }: ThreadTask): ThreadAnswer {
  try {
    return { output: computations[name](input as never) };
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return { mistake: { code: error.code, message: error.message, details: error.details } };
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { error: message, stack };
  }
}
