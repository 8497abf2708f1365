// The trade-off between the predicted objective and staying near the natural mixture: minimise base + lambda KL for a
// range of lambda. Every mixture found for one lambda is a candidate for all, so that along the curve the objective
// never falls and the divergence never rises, as it must be for the true optima.

import type { ResolvedConstraints } from './constraints.js';
import { klDivergence } from './kl-divergence.js';
import { keepAboveMinimum, respectsMinimum } from './minimum-nonzero.js';
import type { ObjectiveModel } from './objective-model.js';
import type { Optimised } from './optimise.js';

/** Strengths tried, in standard deviations of the predicted objective over the simulated mixtures per nat. */
const STRENGTHS = [0.02, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 3, 10, 100];

export interface TradeOffMixture {
  readonly klStrength: number;
  readonly weights: Float64Array;
  readonly kl: number;
}

function spreadOf(values: Float64Array): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) * (v - mean), 0) / values.length);
}

/** 0, the strength of the proposal, and strengths up to one that all but fixes the natural mixture; ascending. */
function strengthsFor(pool: Float64Array, own: number): number[] {
  const spread = spreadOf(pool);
  const grid = STRENGTHS.map((factor) => Number((factor * spread).toPrecision(2))).filter((lambda) => lambda > 0);
  return [...new Set([0, own, ...grid])].sort((a, b) => a - b);
}

/** One mixture per strength, the proposal's own among them. */
export function tradeOffCurve(
  names: readonly string[],
  model: ObjectiveModel,
  constraints: ResolvedConstraints,
  found: Optimised,
): TradeOffMixture[] {
  const { prior, set, minimumNonzero, limits } = constraints;
  const own = model.objective.klStrength;
  const strengths = strengthsFor(found.pool.base, own);
  const natural = set.projectKl(prior);
  const candidates: Float64Array[] = [found.weights];
  const admit = (p: Float64Array, lambda: number) => {
    if (respectsMinimum(p, minimumNonzero)) candidates.push(p);
    else {
      const kept = keepAboveMinimum(
        names,
        limits,
        minimumNonzero,
        p,
        (within, start) => found.again(within, lambda, [start]),
        false,
      );
      if (kept) candidates.push(kept.weights);
    }
  };
  admit(natural, strengths.at(-1)!);
  for (const lambda of strengths) {
    if (lambda === own) continue;
    admit(found.again(set, lambda, [candidates.at(-1)!, natural]).weights, lambda);
  }
  const base = model.base(candidates);
  const kl = candidates.map((p) => klDivergence(p, prior));
  return strengths.map((klStrength) => {
    let best = 0;
    for (let k = 1; k < candidates.length; k++) {
      if (base[k]! + klStrength * kl[k]! < base[best]! + klStrength * kl[best]!) best = k;
    }
    // The proposal stands on the curve as it is, whatever a later search found.
    const shown = klStrength === own ? 0 : best;
    return { klStrength, weights: candidates[shown]!, kl: kl[shown]! };
  });
}
