import type { Computations } from './computations.js';
import { ComputeThread } from './compute-thread.js';

export type InputOf<Name extends keyof Computations> = Parameters<Computations[Name]>[0];
export type OutputOf<Name extends keyof Computations> = Awaited<ReturnType<Computations[Name]>>;
export type ProgressOf<Name extends keyof Computations> = Parameters<Parameters<Computations[Name]>[1]>[0];

/** Does `work` when its turn comes; rejects with the signal's reason when that comes first. */
export type TakeTurn = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

export interface ThreadOptions<Progress> {
  /** Aborting ends the threads; the promise rejects with the signal's reason once they are gone. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress, index: number) => void) | undefined;
  /** Where several computations share the cores: each input waits for a turn of its own. Default: all go at once. */
  readonly turn?: TakeTurn | undefined;
}

/**
 * Runs one computation on many inputs in up to `threads` threads, each taking the next input when it is done with one.
 * Outputs come in the order of the inputs, whichever thread finished first. `shared` is copied to each thread once and
 * laid under every input. The first error ends all threads; an InvalidInputError arrives as one, code and details kept.
 */
export async function runInThreads<Name extends keyof Computations>(
  name: Name,
  shared: Partial<InputOf<Name>>,
  inputs: readonly Partial<InputOf<Name>>[],
  threads: number,
  { signal, onProgress, turn = (_signal, work) => work() }: ThreadOptions<ProgressOf<Name>> = {},
): Promise<OutputOf<Name>[]> {
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const outputs: OutputOf<Name>[] = new Array(inputs.length);
  const report = (progress: unknown, index: number) => onProgress?.(progress as ProgressOf<Name>, index);
  let next = 0;
  const work = async (): Promise<void> => {
    const thread = new ComputeThread(name, shared, stop, report);
    try {
      while (next < inputs.length && !stop.aborted) {
        const index = next;
        next += 1;
        outputs[index] = (await turn(stop, () => thread.ask(index, inputs[index]!))) as OutputOf<Name>;
      }
    } catch (error) {
      failed.abort(error);
    } finally {
      await thread.close();
    }
  };
  stop.throwIfAborted();
  await Promise.all(Array.from({ length: Math.max(1, Math.min(threads, inputs.length)) }, work));
  stop.throwIfAborted();
  return outputs;
}
