import { availableParallelism } from 'node:os';
import type { FitTargetOptions } from '#libs/surrogates';
import type { PackedFit } from './computations.js';
import type { FittedTargetRecords } from './fitted-target-records.js';
import { packRows } from './packed-rows.js';
import { type InputOf, type OutputOf, runInThreads, type TakeTurn } from './run-in-threads.js';

export interface FitTargetsRequest {
  /** n mixtures of m weights. */
  readonly mixtures: readonly ArrayLike<number>[];
  /** n losses per target; NaN, infinity and null mean "not measured or diverged". */
  readonly losses: Readonly<Record<string, ArrayLike<number | null>>>;
  readonly options: Omit<FitTargetOptions, 'onStep'>;
}

export interface FitProgress {
  readonly target: string;
  /** What is done for this target now; null when it is fitted. */
  readonly step: string | null;
  /** Targets fitted so far. */
  readonly done: number;
  readonly total: number;
}

export interface FitInThreadsOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: FitProgress) => void;
  /** Default: the cores that this process may use. */
  readonly threads?: number;
  /** See `ThreadOptions`: each target waits for a turn of its own. */
  readonly turn?: TakeTurn;
}

/**
 * Fits every target as `fitTargets` of libs/surrogates does, several at a time: each target in one thread, at most
 * `threads` of them. The records are in the order of `losses` and do not depend on the number of threads;
 * `restoreTargets` makes fits of them. Aborting ends the threads. Throws what `fitTargets` throws.
 */
export function fitTargetsInThreads(
  request: FitTargetsRequest,
  options: FitInThreadsOptions = {},
): Promise<FittedTargetRecords> {
  return fitEach('fitTarget', request, options);
}

/** The same, with each fit packed for the store; see `unpackTargets`. */
export function fitPackedTargetsInThreads(
  request: FitTargetsRequest,
  options: FitInThreadsOptions = {},
): Promise<Readonly<Record<string, PackedFit>>> {
  return fitEach('fitPackedTarget', request, options);
}

async function fitEach<Name extends 'fitTarget' | 'fitPackedTarget'>(
  name: Name,
  { mixtures, losses, options }: FitTargetsRequest,
  { signal, onProgress, turn, threads = availableParallelism() }: FitInThreadsOptions,
): Promise<Record<string, OutputOf<Name>>> {
  const targets = Object.keys(losses);
  const total = targets.length;
  let done = 0;
  const fitted = await runInThreads<Name>(
    name,
    { mixtures: packRows(mixtures), options } as Partial<InputOf<Name>>,
    targets.map((target) => ({ target, losses: losses[target]! }) as Partial<InputOf<Name>>),
    threads,
    {
      signal,
      turn,
      onProgress: ({ step }: { readonly step: string | null }, index) => {
        if (step === null) done += 1;
        onProgress?.({ target: targets[index]!, step, done, total });
      },
    },
  );
  return Object.fromEntries(targets.map((target, i) => [target, fitted[i]!]));
}
