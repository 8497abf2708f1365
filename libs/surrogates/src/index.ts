export type { Calibration, Coverage } from './calibration.js';
export type { CensoredRows, CensoredRuns } from './censored-rows/censored-rows.js';
export type { DomainImportance } from './diagnostics/importance.js';
export type { LearningCurve } from './diagnostics/learning-curve.js';
export type { JudgedRow, Replicates } from './diagnostics/suspect-rows.js';
export {
  type ExpertTable,
  type ExpertTableOptions,
  expertLoss,
  readExpertTable,
} from './expert-features/expert-table.js';
export { type ExpertInputs, withExpertFeatures } from './expert-features/with-expert-features.js';
export type { FitDiagnostics } from './fit-diagnostics.js';
export {
  type FitTargetOptions,
  type FitTargetsOptions,
  type FittedTargets,
  fitFiniteRows,
  fitTarget,
  fitTargets,
  MINIMUM_ROWS,
} from './fit-target.js';
export { FittedTarget, restoreTarget, type TargetFitRecord, type TargetPrediction } from './fitted-target.js';
export { groupIdenticalMixtures } from './folds.js';
export { gp } from './gaussian-process/gaussian-process.js';
export { gbdt } from './gbdt/gbdt.js';
export { isLogLinear, type LogLinearParameters, logLinear, logLinearParameters } from './log-linear/log-linear.js';
export { rootLogLinear } from './log-linear/root-log-linear.js';
export { mixingLaw } from './mixing-law/mixing-law.js';
export { mixingLawM4 } from './mixing-law/mixing-law-m4.js';
export { mixingLawProduct } from './mixing-law/mixing-law-product.js';
export { type NamedDiagnostics, nameDiagnostics } from './name-diagnostics.js';
export { modelNames, restoreSurrogate, surrogates } from './registry.js';
export { linear } from './ridge.js';
export { type Scores, scorePredictions } from './scores.js';
export { chanceSpearman, SIGNAL_LEVEL, type Signal } from './signal.js';
export { averageRanks, spearman } from './spearman.js';
export type {
  FittedSurrogate,
  Mixtures,
  ParameterSpec,
  Surrogate,
  SurrogateParameters,
  SurrogateState,
} from './surrogate.js';
export { type Gathered, gatherFits, orUnfitted, type Unfitted } from './unfitted-targets.js';
