import type { FittedTargets, TargetPrediction } from '#libs/surrogates';
import type { FittedTargetRecords } from './fitted-target-records.js';
import type { PackedTargets } from './packed-targets.js';

export interface PredictTask {
  readonly fits: FittedTargetRecords | PackedTargets;
  readonly mixtures: readonly ArrayLike<number>[];
}

export type MixturePredictions = Readonly<Record<string, TargetPrediction>>;

/** What every fitted target says of each mixture. */
export function predictMixtures(fits: FittedTargets, mixtures: readonly ArrayLike<number>[]): MixturePredictions {
  return Object.fromEntries(Object.entries(fits).map(([target, fit]) => [target, fit.predict(mixtures)]));
}
