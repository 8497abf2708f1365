// Runs in a worker thread that stays: keeps the fits that were asked for lately, restored, and predicts from them.
import { parentPort } from 'node:worker_threads';
import { locateInSamples, neighbourLimit } from '#libs/proposals';
import type { FittedTargets } from '#libs/surrogates';
import { restoreTargets } from './fitted-target-records.js';
import { type Rows, sizeOf, viewRows } from './packed-rows.js';
import { type PackedTargets, unpackedSize, unpackTargets } from './packed-targets.js';
import { type MixturePredictions, predictMixtures } from './predict-mixtures.js';
import { RecentlyUsed } from './recently-used.js';
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
}

/**
 * Bytes of memory for the fits that are kept: the numbers of their mixtures, and their text before compression, which
 * comes near what they take once restored.
 */
const kept = new RecentlyUsed<RestoredFit>(256 << 20);

parentPort?.on('message', (task: PredictionTask) => parentPort?.postMessage(answer(task)));

function answer({ index, fitId, mixtures, stored }: PredictionTask): PredictionAnswer {
  try {
    const fit = kept.find(fitId) ?? (stored && restore(fitId, stored));
    if (!fit) return { index, missing: true };
    const located = mixtures.map((mixture) => locateInSamples(Float64Array.from(mixture), fit.sampled, fit.limit));
    return { index, output: { targets: predictMixtures(fit.fits, mixtures), located } };
  } catch (error) {
    return { index, error: toThreadError(error) };
  }
}

function restore(fitId: string, { packed, sampled }: StoredFit): RestoredFit {
  const rows = viewRows(sampled);
  const fit = { fits: restoreTargets(unpackTargets(packed)), sampled: rows, limit: neighbourLimit(rows) };
  kept.add(fitId, fit, unpackedSize(packed) + sizeOf(sampled));
  return fit;
}
