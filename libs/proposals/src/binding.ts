// Which limits the proposal reaches, and what each costs: the limit is moved by 0.01 of weight and the objective is
// minimised again from the proposal. That is the shadow price times 0.01 where the objective is smooth, and what the
// fit says where it is not. The search is given the same chance without the change, so that what it finds by itself
// is not credited to the limit.
import { findFeasibleSet } from '#libs/simplex';
import type { Limit } from './limits.js';
import type { Optimised } from './optimise.js';
import type { BindingConstraint } from './proposal-document.js';

/** A limit counts as reached when the weight uses this share of it: averages come close but do not touch. */
const REACHED = 0.95;
const STEP = 0.01;
/** Beyond this many, the limits are listed without a price: each price is a search. */
const PRICED = 12;

function valueAt(limit: Limit, p: ArrayLike<number>): number {
  return limit.members.reduce((sum, i) => sum + p[i]!, 0);
}

function isReached(limit: Limit, p: ArrayLike<number>): boolean {
  const value = valueAt(limit, p);
  const above = limit.max < 1 && value >= REACHED * limit.max;
  const below = limit.min > 0 && value <= limit.min / REACHED;
  return above || below;
}

/** The reached limits of the proposal. Of several limits on one domain from above only the tightest is listed. */
export function bindingConstraints(found: Optimised): BindingConstraint[] {
  const p = found.weights;
  const reached = found.limits.filter((limit) => {
    if (!isReached(limit, p)) return false;
    return !found.limits.some(
      (other) =>
        other !== limit &&
        other.members.length === 1 &&
        limit.members.length === 1 &&
        other.members[0] === limit.members[0] &&
        limit.min === 0 &&
        (other.max < limit.max ||
          (other.max === limit.max && found.limits.indexOf(other) < found.limits.indexOf(limit))),
    );
  });
  const before = reached.length > 0 ? found.descend(found.set, p).value : 0;
  return reached.map((limit, k): BindingConstraint => {
    const relaxed: Limit = {
      ...limit,
      min: limit.min > 0 ? Math.max(0, limit.min - STEP) : 0,
      max: Math.min(1, limit.max + STEP),
    };
    const others = found.limits.map((other) => (other === limit ? relaxed : other));
    const set = k < PRICED ? findFeasibleSet(p.length, others) : null;
    return {
      kind: limit.kind,
      name: limit.name,
      limit: limit.max < 1 && valueAt(limit, p) >= REACHED * limit.max ? limit.max : limit.min,
      value: valueAt(limit, p),
      changePer001: set ? Math.min(0, found.descend(set, p).value - before) : null,
    };
  });
}
