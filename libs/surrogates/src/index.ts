export {
  type FitDiagnostics,
  type FitTargetOptions,
  type FittedTarget,
  type FittedTargets,
  fitTarget,
  fitTargets,
  MINIMUM_ROWS,
} from './fit-target.js';
export { groupIdenticalMixtures } from './folds.js';
export { gbdt } from './gbdt/gbdt.js';
export { outOfFoldHalfWidth } from './prediction-interval.js';
export { modelNames, surrogates } from './registry.js';
export { linear } from './ridge.js';
export { type Scores, scorePredictions } from './scores.js';
export { chanceSpearman, SIGNAL_LEVEL, type Signal } from './signal.js';
export { averageRanks, spearman } from './spearman.js';
export type { FittedSurrogate, Mixtures, ParameterSpec, Surrogate, SurrogateParameters } from './surrogate.js';
