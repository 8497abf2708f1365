export { type BestMixture, type BestMixtureOptions, findBestMixture } from './best-mixture.js';
export { type LawPrediction, predictionOf } from './bootstrap.js';
export { type ContinuedCurves, continueCurves } from './continue-curves.js';
export {
  FINISHED_NEEDED,
  type FinalLoss,
  type FinalLosses,
  HALF_90,
  predictFinalLosses,
  type RungCurve,
  STEPS_USED,
} from './final-losses.js';
export { fitScaleLaw, PRIOR_ALPHA, PRIOR_BETA, type ScaleLawFit, type ScaleLawOptions } from './fit-scale-law.js';
export { type HeldOutScores, scoreHeldOut } from './held-out.js';
export { heldOutError, holdOutScaleLaw, type ScaleLawHeldOut } from './hold-out-scale-law.js';
export {
  bootstrapNestedLaw,
  type HeldOutSize,
  type HeldOutSteps,
  holdOutSize,
  holdOutSteps,
  takeTargetRows,
} from './nested-interval.js';
export { fitNestedLaw, lossesAtTokens, type NestedLaw, type NestedOptions, type TargetRows } from './nested-law.js';
export { fitPowerLaw, type PowerLawFit, type PowerLawOptions } from './power-law.js';
export { PAIRS_NEEDED, type RankTransferEstimate, rankTransfer } from './rank-transfer.js';
export { bootstrapScaleLaw, type ScaleLawReplicates } from './scale-law-interval.js';
export type { ScaleLawForm } from './scale-law-model.js';
export { type ScaleRows, takeRows } from './scale-rows.js';
export {
  compareFidelities,
  type FidelityPair,
  overallSignal,
  type ScaleSignal,
  signalAcrossSizes,
} from './scale-signal.js';
export { shortNumber } from './short-number.js';
export { stepErrors } from './step-errors.js';
export { fitTwoDomainLaw, type TwoDomainLaw } from './two-domain-law.js';
