import type { FittedSurrogate } from '#libs/surrogates';
import type { ConvexProblem, LogLinearTerm } from './convex-problem.js';
import { objectiveShares } from './objective.js';
import type { ObjectiveModel } from './objective-model.js';

/** c, b and t of a fitted c + exp(b + t . p), as the surrogate `log-linear` describes itself; null for any other. */
function readTerm(surrogate: FittedSurrogate, share: number): LogLinearTerm | null {
  if (surrogate.name !== 'log-linear') return null;
  const { c, b, t } = surrogate.describe();
  if (typeof c !== 'number' || typeof b !== 'number' || !Array.isArray(t)) return null;
  return { c, b, t: t as number[], share };
}

/**
 * The objective as a convex problem, or in words why it is none. Targets without signal are constants and change
 * nothing in a weighted mean but its value.
 */
export function convexProblemOf(model: ObjectiveModel, prior: ArrayLike<number>): ConvexProblem | string {
  const { objective, targets } = model;
  if (objective.uncertainty > 0) return 'the standard error in the objective is not convex';
  if (objective.repetition) return 'the price of repetition in the objective is not convex';
  const shares = objectiveShares(objective);
  const terms: LogLinearTerm[] = [];
  for (const [t, target] of targets.entries()) {
    const constant = model.constantOf(target);
    const term: LogLinearTerm | null =
      constant !== null
        ? { c: constant, b: Number.NEGATIVE_INFINITY, t: new Float64Array(prior.length), share: shares[t]! }
        : readTerm(model.surrogateOf(target), shares[t]!);
    if (!term) return `the fit of ${target} is ${model.surrogateOf(target).name}, not log-linear`;
    terms.push(term);
  }
  return { terms, combine: objective.combine, klStrength: objective.klStrength, prior };
}
