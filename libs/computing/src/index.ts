export type { Computations, ConfigTask, ExportTask, FitTargetTask, PackedFit, ProposeTask } from './computations.js';
export { computeInThread } from './compute-in-thread.js';
export {
  type FitInThreadsOptions,
  type FitProgress,
  type FitTargetsRequest,
  fitPackedTargetsInThreads,
  fitTargetsInThreads,
} from './fit-targets-in-threads.js';
export { type FittedTargetRecords, restoreTargets } from './fitted-target-records.js';
export { type PackedRows, packRows, unpackRows } from './packed-rows.js';
export { type PackedTargets, unpackTargets } from './packed-targets.js';
export { type MixturePredictions, predictMixtures } from './predict-mixtures.js';
export type { LocatedPredictions, StoredFit } from './prediction.thread.js';
export { PredictionThread } from './prediction-thread.js';
export type { ReadRuns } from './read-runs.js';
export type { TakeTurn, ThreadOptions } from './run-in-threads.js';
export { WarmThreads } from './warm-threads.js';
