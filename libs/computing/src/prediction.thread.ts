// Runs in a worker thread that stays: keeps the fits that were asked for lately, restored, and predicts from them.
import { parentPort } from 'node:worker_threads';
import { locateInSamples, neighbourLimit } from '#libs/proposals';
import type { FittedTargets } from '#libs/surrogates';
import { restoreTargets } from './fitted-target-records.js';
import { type Rows, viewRows } from './packed-rows.js';
import { type PackedTargets, unpackTargets } from './packed-targets.js';
import { type MixturePredictions, predictMixtures } from './predict-mixtures.js';
import { type ThreadError, toThreadError } from './thread-error.js';

/** A fit as it is stored, and the mixtures it was fitted on. */
export interface StoredFit {
  readonly packed: PackedTargets;
  readonly sampled: Rows;
}

export interface PredictionTask {
  readonly index: number;
  readonly fitId: string;
  readonly mixtures: readonly ArrayLike<number>[];
  /** Left out where the thread may have the fit already. */
  readonly stored?: StoredFit;
}

export interface LocatedPredictions {
  readonly targets: MixturePredictions;
  /** One per mixture: where it lies among those that were measured. */
  readonly located: readonly { index: number; distance: number; limit: number; outside: boolean }[];
}

export type PredictionAnswer =
  | { readonly index: number; readonly missing: true }
  | { readonly index: number; readonly output: LocatedPredictions }
  | { readonly index: number; readonly error: ThreadError };

interface RestoredFit {
  readonly fits: FittedTargets;
  readonly sampled: readonly ArrayLike<number>[];
  readonly limit: number;
  readonly bytes: number;
}

/** Packed bytes of the fits that are kept. Restored they take several times as much. */
const mostKept = 64 << 20;
/** The one used last stands last. */
const kept = new Map<string, RestoredFit>();

parentPort?.on('message', (task: PredictionTask) => parentPort?.postMessage(answer(task)));

function answer({ index, fitId, mixtures, stored }: PredictionTask): PredictionAnswer {
  try {
    const fit = kept.get(fitId) ?? (stored && restore(stored));
    if (!fit) return { index, missing: true };
    kept.delete(fitId);
    kept.set(fitId, fit);
    forgetOldest();
    const located = mixtures.map((mixture) => locateInSamples(Float64Array.from(mixture), fit.sampled, fit.limit));
    return { index, output: { targets: predictMixtures(fit.fits, mixtures), located } };
  } catch (error) {
    return { index, error: toThreadError(error) };
  }
}

function restore({ packed, sampled }: StoredFit): RestoredFit {
  const bytes = Object.values(packed).reduce((sum, { length }) => sum + length, 0);
  const rows = viewRows(sampled);
  return { fits: restoreTargets(unpackTargets(packed)), sampled: rows, limit: neighbourLimit(rows), bytes };
}

function forgetOldest(): void {
  let bytes = [...kept.values()].reduce((sum, fit) => sum + fit.bytes, 0);
  for (const [fitId, fit] of kept) {
    if (bytes <= mostKept || kept.size === 1) return;
    kept.delete(fitId);
    bytes -= fit.bytes;
  }
}
