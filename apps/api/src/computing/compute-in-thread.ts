import { Worker } from 'node:worker_threads';
import { InvalidInputError } from '#libs/simplex';
import type { Computations } from './computations.js';
import type { ThreadAnswer, ThreadTask } from './compute.thread.js';

/** A thread needs compiled code; where the API itself runs from source, the build's thread is used. */
const thread = import.meta.url.endsWith('.ts')
  ? new URL('../../../../dist/apps/api/src/computing/compute.thread.js', import.meta.url)
  : new URL('./compute.thread.js', import.meta.url);

/**
 * Runs a computation in a thread of its own, so that the event loop stays free. Aborting ends the thread and rejects
 * with the signal's reason.
 */
export function computeInThread<Name extends keyof Computations>(
  name: Name,
  input: Parameters<Computations[Name]>[0],
  abort?: AbortSignal,
): Promise<ReturnType<Computations[Name]>> {
  return new Promise((resolve, reject) => {
    abort?.throwIfAborted();
    const worker = new Worker(thread, { workerData: { name, input } satisfies ThreadTask });
    const end = (): void => void worker.terminate();
    abort?.addEventListener('abort', end, { once: true });
    worker.once('message', (answer: ThreadAnswer) => {
      if ('output' in answer) resolve(answer.output as ReturnType<Computations[Name]>);
      else if ('mistake' in answer) {
        reject(new InvalidInputError(answer.mistake.code, answer.mistake.message, answer.mistake.details));
      } else reject(Object.assign(new Error(answer.error), { stack: answer.stack }));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      abort?.removeEventListener('abort', end);
      reject(abort?.aborted ? abort.reason : new Error(`the thread ended with code ${code} and no answer`));
    });
  });
}
