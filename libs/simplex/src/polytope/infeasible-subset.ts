import { type LinearLimit, polytopeOf } from './polytope.js';
import { findInterior } from './relative-interior.js';

/**
 * Of limits that admit no mixture, some that already admit none while any fewer of them would: an irreducible
 * infeasible subset, by the deletion filter (Chinneck and Dravnieks 1991). One linear program per limit. Which subset,
 * where there are several, depends on the order: later limits are kept rather than earlier ones.
 * Returns null when the limits admit a mixture.
 */
export function infeasibleSubset<T extends LinearLimit>(size: number, limits: readonly T[]): T[] | null {
  const empty = (kept: readonly T[]) => findInterior(polytopeOf(size, kept)) === null;
  if (!empty(limits)) return null;
  let kept = [...limits];
  for (const limit of limits) {
    const without = kept.filter((other) => other !== limit);
    if (empty(without)) kept = without;
  }
  return kept;
}
