import type { ResolvedConstraints } from './constraints.js';
import { gradientSearch } from './gradient-search.js';
import { keepAboveMinimum, respectsMinimum } from './minimum-nonzero.js';
import type { ObjectiveModel } from './objective-model.js';
import type { Optimised } from './optimise.js';

const STARTS = 3;
const SEARCH = { iterations: 12, kept: 1, screening: 2, radius: 0.08 };

/**
 * The mixture with the highest predicted objective that the constraints admit: the negative control. If training it is
 * no worse than training the proposal, the fit has learnt nothing. Searched from the worst of the simulated mixtures.
 */
export function findWorst(
  names: readonly string[],
  model: ObjectiveModel,
  { set, limits, minimumNonzero }: ResolvedConstraints,
  { pool }: Optimised,
): Float64Array {
  const order = Array.from(pool.base.keys()).sort((a, b) => pool.base[b]! - pool.base[a]! || a - b);
  const starts = order.slice(0, STARTS).map((s) => pool.rows[s]!);
  const search = (within: typeof set, from: readonly Float64Array[]) =>
    gradientSearch(within, from, (rows) => model.base(rows).map((value) => -value), SEARCH);
  const { weights } = search(set, starts);
  if (respectsMinimum(weights, minimumNonzero)) return weights;
  const kept = keepAboveMinimum(
    names,
    limits,
    minimumNonzero,
    weights,
    (within, from) => search(within, [from]),
    false,
  );
  return kept?.weights ?? weights;
}
