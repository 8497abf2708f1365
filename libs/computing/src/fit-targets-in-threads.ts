import { availableParallelism } from 'node:os';
import {
  type FitTargetsOptions,
  type Gathered,
  gatherFits,
  type TargetFitRecord,
  type Unfitted,
} from '#libs/surrogates';
import type { FitStep, PackedFit } from './computations.js';
import { packRows } from './packed-rows.js';
import { type InputOf, type OutputOf, runInThreads, type TakeTurn } from './run-in-threads.js';

export interface FitTargetsRequest {
  /** n mixtures of m weights. */
  readonly mixtures: readonly ArrayLike<number>[];
  /** n losses per target; NaN, infinity and null mean "not measured or diverged". */
  readonly losses: Readonly<Record<string, ArrayLike<number | null>>>;
  readonly options: Omit<FitTargetsOptions, 'onStep'>;
}

export interface FitProgress extends FitStep {
  readonly target: string;
  /** Targets that nothing is left to do for. */
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
 * `restoreTargets` makes fits of them. A target that cannot be fitted is named in `unfitted`. Aborting ends the
 * threads. Throws what `fitTargets` throws.
 */
export function fitTargetsInThreads(
  request: FitTargetsRequest,
  options: FitInThreadsOptions = {},
): Promise<Gathered<TargetFitRecord>> {
  return fitEach<'fitTarget', TargetFitRecord>('fitTarget', request, options);
}

/** The same, with each fit packed for the store; see `unpackTargets`. */
export function fitPackedTargetsInThreads(
  request: FitTargetsRequest,
  options: FitInThreadsOptions = {},
): Promise<Gathered<PackedFit>> {
  return fitEach<'fitPackedTarget', PackedFit>('fitPackedTarget', request, options);
}

async function fitEach<Name extends 'fitTarget' | 'fitPackedTarget', Fit extends object>(
  name: Name,
  { mixtures, losses, options }: FitTargetsRequest,
  { signal, onProgress, turn, threads = availableParallelism() }: FitInThreadsOptions,
): Promise<Gathered<Fit>> {
  const targets = Object.keys(losses);
  const total = targets.length;
  let done = 0;
  const fitted: OutputOf<Name>[] = await runInThreads<Name>(
    name,
    { mixtures: packRows(mixtures), options } as Partial<InputOf<Name>>,
    targets.map((target) => ({ target, losses: losses[target]! }) as Partial<InputOf<Name>>),
    threads,
    {
      signal,
      turn,
      onProgress: (progress: FitStep, index) => {
        if (progress.step === null) done += 1;
        onProgress?.({ ...progress, target: targets[index]!, done, total });
      },
    },
  );
  return gatherFits(Object.fromEntries(targets.map((target, i) => [target, fitted[i] as Fit | Unfitted])));
}
