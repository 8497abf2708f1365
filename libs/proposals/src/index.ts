export { closestName } from './closest-name.js';
export type { Constraints, GroupConstraint } from './constraint-input.js';
export { DEFAULT_MAX_EPOCHS, resolveConstraints } from './constraints.js';
export {
  assertTarget,
  combinations,
  evaluateObjective,
  type Objective,
  type ObjectiveInput,
  objectiveShares,
  resolveObjective,
  targetsAsked,
} from './objective.js';
export type {
  JudgedMixture,
  LossEstimate,
  LossEstimates,
  ObservedMixture,
  ParetoPoint,
  ProposalDocument,
  Recommendation,
  Repetition,
  TradeOffPoint,
} from './proposal-document.js';
export { DEFAULT_SAMPLES, DEFAULT_STRENGTHS, DEFAULT_TOP, propose } from './propose.js';
export {
  type OptimiserName,
  optimisers,
  type ParetoInput,
  type ProposeInput,
  type ProposeProgress,
} from './propose-input.js';
export { type GivenMixture, readBaseline } from './read-baseline.js';
export { locateInSamples, neighbourLimit, REGION_RULE, type SampledRegion } from './sampled-region.js';
