export { DEFAULT_MAX_EPOCHS } from './constraints.js';
export { assertTarget, combinations, evaluateObjective, type Objective, resolveObjective } from './objective.js';
export type { ObservedMixture, PredictedLosses, ProposalDocument } from './proposal-document.js';
export {
  DEFAULT_SAMPLES,
  DEFAULT_STRENGTHS,
  DEFAULT_TOP,
  type ProposeInput,
  type ProposeProgress,
  propose,
} from './propose.js';
