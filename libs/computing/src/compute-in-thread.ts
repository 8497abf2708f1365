import type { Computations } from './computations.js';
import { type InputOf, type OutputOf, type ProgressOf, runInThreads, type ThreadOptions } from './run-in-threads.js';

/** Runs a computation in a thread of its own, so that the event loop stays free; see `runInThreads`. */
export async function computeInThread<Name extends keyof Computations>(
  name: Name,
  input: InputOf<Name>,
  options: ThreadOptions<ProgressOf<Name>> = {},
): Promise<OutputOf<Name>> {
  const [output] = await runInThreads(name, input, [{}], 1, options);
  return output!;
}
