export { assertFeasibleCaps, availabilityCaps, type CapCheck, capViolations, checkCaps, fillToCaps } from './caps.js';
export { sampleDirichlet, sampleDirichletInto } from './dirichlet.js';
export { l1Distance, nearestMixture, totalVariation } from './distance.js';
export { sampleGamma, sampleLogGamma } from './gamma.js';
export { type InvalidInputDetails, InvalidInputError } from './invalid-input.error.js';
export { normalCumulative, normalDensity, truncatedNormalMean } from './normal.js';
export { FeasibleSet, feasibleSet, findFeasibleSet } from './polytope/feasible-set.js';
export { infeasibleSubset } from './polytope/infeasible-subset.js';
export { type GroupBound, type LinearLimit, type Polytope, polytopeOf, violation } from './polytope/polytope.js';
export { PolytopeSampler } from './polytope/polytope-sampler.js';
export { projectEuclideanOntoBox } from './polytope/project-onto-box.js';
export { naturalPrior, temperPrior } from './prior.js';
export { createRandom, type Random, sampleWithoutReplacement } from './random.js';
export { logSpaced, type RegmixDesignOptions, regmixDesign } from './regmix-design.js';
export { requireNumber } from './require-number.js';
export {
  alignToDomains,
  assertDomainNames,
  type NormalisedWeights,
  normaliseWeights,
  SUM_TOLERANCE,
} from './weights.js';
