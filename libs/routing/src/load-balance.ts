// How evenly the tokens of one layer fall on its experts. load [N]: tokens of each expert; any unit.
//
//   MaxVio = max load / mean load - 1                     0 ... N - 1
//   entropy = -sum p log p / log N, p = load / sum        1 ... 0
//   CV = standard deviation / mean                        0 ... sqrt(N - 1)
//
// Reference: Wang et al., Auxiliary-Loss-Free Load Balancing, 2024 (MaxVio); Shazeer et al., 2017 (CV).

import { requireCounts } from './require-counts.js';

/** @throws InvalidInputError (code 'loads') for a load that is no count, or when all are 0 */
export function maximumViolation(load: readonly number[]): number {
  requireCounts(load);
  return Math.max(...load) / mean(load) - 1;
}

/** Over its largest value log N, so from 0 to 1; 1 for a single expert. @throws as maximumViolation */
export function loadEntropy(load: readonly number[]): number {
  requireCounts(load);
  if (load.length === 1) return 1;
  const total = mean(load) * load.length;
  const entropy = load.reduce((sum, count) => (count > 0 ? sum - (count / total) * Math.log(count / total) : sum), 0);
  return entropy / Math.log(load.length);
}

/** Of the whole population: divided by N. @throws as maximumViolation */
export function loadVariation(load: readonly number[]): number {
  requireCounts(load);
  const centre = mean(load);
  const variance = load.reduce((sum, count) => sum + (count - centre) * (count - centre), 0) / load.length;
  return Math.sqrt(variance) / centre;
}

function mean(load: readonly number[]): number {
  return load.reduce((sum, count) => sum + count, 0) / load.length;
}
