// Weights that are 0 or at least mu are not a convex set, so the choice of the domains is searched apart from the
// weights. From the optimum without mu each weight is decided to be 0 (below mu / 2) or at least mu; decisions that
// leave no mixture are taken back, the least certain first (depth-first, each step a feasibility check); then the
// weights are optimised again under the decisions. Last, decisions of the domains nearest to mu are flipped one at a
// time, and kept where the objective falls. A local search: it need not find the best of the 2^m choices.
import { type FeasibleSet, findFeasibleSet, type LinearLimit } from '#libs/simplex';
import type { Limit } from './limits.js';

export interface Found {
  readonly weights: Float64Array;
  /** What was minimised, at these weights. */
  readonly value: number;
}

export interface Decided extends Found {
  /** The limits with the decisions among them, and the set that they make. */
  readonly limits: readonly Limit[];
  readonly set: FeasibleSet;
}

const NODES = 2000;
const FLIPS = 6;
const SLACK = 1e-9;

/** Whether every weight is 0 or at least `least`. */
export function respectsMinimum(weights: ArrayLike<number>, least: number): boolean {
  for (let i = 0; i < weights.length; i++) if (weights[i]! > SLACK && weights[i]! < least - SLACK) return false;
  return true;
}

function decisionLimit(names: readonly string[], i: number, used: boolean, least: number): Limit {
  const label = used ? `"${names[i]}" >= ${least} (smallest nonzero weight)` : `"${names[i]}" = 0 (instead of a trace)`;
  return {
    kind: 'minimum-nonzero',
    name: names[i]!,
    label,
    members: [i],
    min: used ? least : 0,
    max: used ? 1 : 0,
  };
}

/** Decisions near `p` that admit a mixture; null when none was found. */
function decide(
  p: ArrayLike<number>,
  least: number,
  admits: (decisions: ReadonlyMap<number, boolean>) => boolean,
): Map<number, boolean> | null {
  const order = Array.from({ length: p.length }, (_, i) => i).sort(
    (a, b) => Math.abs(p[b]! - least / 2) - Math.abs(p[a]! - least / 2) || a - b,
  );
  let nodes = 0;
  const decisions = new Map<number, boolean>();
  const descend = (depth: number): boolean => {
    if (depth === order.length) return true;
    const i = order[depth]!;
    const preferred = p[i]! >= least / 2;
    for (const used of [preferred, !preferred]) {
      nodes += 1;
      if (nodes > NODES) return false;
      decisions.set(i, used);
      if (admits(decisions) && descend(depth + 1)) return true;
      decisions.delete(i);
    }
    return false;
  };
  return descend(0) ? decisions : null;
}

/**
 * The best mixture found whose weights are all 0 or at least `least`; null when no such mixture was found.
 * @param relaxed optimum without that demand
 * @param optimise the best mixture of a set, searched from a start
 * @param flips whether single decisions are tried the other way round
 */
export function keepAboveMinimum(
  names: readonly string[],
  limits: readonly Limit[],
  least: number,
  relaxed: ArrayLike<number>,
  optimise: (set: FeasibleSet, start: Float64Array) => Found,
  flips: boolean,
): Decided | null {
  const limitsUnder = (decisions: ReadonlyMap<number, boolean>): Limit[] => [
    ...limits,
    ...[...decisions].map(([i, used]) => decisionLimit(names, i, used, least)),
  ];
  const setOf = (chosen: readonly LinearLimit[]) => findFeasibleSet(names.length, chosen);
  const decisions = decide(relaxed, least, (some) => setOf(limitsUnder(some)) !== null);
  if (!decisions) return null;
  const solve = (some: ReadonlyMap<number, boolean>): Decided | null => {
    const chosen = limitsUnder(some);
    const set = setOf(chosen);
    return set && { ...optimise(set, set.projectEuclidean(relaxed)), limits: chosen, set };
  };
  let best = solve(decisions)!;
  if (!flips) return best;
  const nearest = [...decisions.keys()]
    .filter((i) => relaxed[i]! < 2 * least)
    .sort((a, b) => relaxed[b]! - relaxed[a]! || a - b)
    .slice(0, FLIPS);
  for (const i of nearest) {
    const flipped = new Map(decisions).set(i, !decisions.get(i));
    const other = solve(flipped);
    if (!other || !(other.value < best.value)) continue;
    best = other;
    decisions.set(i, !decisions.get(i));
  }
  return best;
}
