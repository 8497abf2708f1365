// The Pareto front over groups of targets: for emphases e on the simplex of the groups, minimise sum_g e_g F_g with
// F_g the weighted mean of group g, and keep what no other point beats in every group. Weighted sums reach the convex
// part of the front only. The penalties of the objective apply to every point.
import { InvalidInputError, requireNumber } from '#libs/simplex';
import type { FittedTargets } from '#libs/surrogates';
import type { ResolvedConstraints } from './constraints.js';
import { minimiseLogLinear } from './exact-log-linear.js';
import { gradientSearch } from './gradient-search.js';
import { convexProblemOf } from './log-linear-terms.js';
import { keepAboveMinimum, respectsMinimum } from './minimum-nonzero.js';
import { evaluateObjective, type Objective, resolveTargets } from './objective.js';
import { ObjectiveModel, type RepetitionPricing } from './objective-model.js';
import type { LossEstimate } from './proposal-document.js';
import type { ParetoInput } from './propose-input.js';
import { averageBest, type Pool } from './simulate-and-average.js';

const MAX_POOL = 3000;
const TOP = 8;
const SEARCH = { iterations: 15, kept: 1, screening: 2, radius: 0.06 };

export interface ParetoMixture {
  readonly emphasis: readonly number[];
  readonly weights: Float64Array;
  readonly groups: readonly LossEstimate[];
}

/** Points of the simplex of `groups` on a regular lattice of at most `points`, at least the corners. */
function emphases(groups: number, points: number): number[][] {
  const lattice = (steps: number): number[][] => {
    const found: number[][] = [];
    const fill = (prefix: number[], left: number) => {
      if (prefix.length === groups - 1) found.push([...prefix, left]);
      else for (let k = left; k >= 0; k--) fill([...prefix, k], left - k);
    };
    fill([], steps);
    return found.map((row) => row.map((k) => k / steps));
  };
  // Counts grow with the steps: C(steps + groups - 1, groups - 1).
  const count = (steps: number) => {
    let ways = 1;
    for (let k = 1; k < groups; k++) ways = (ways * (steps + k)) / k;
    return ways;
  };
  let steps = 1;
  while (count(steps + 1) <= points) steps += 1;
  return lattice(steps);
}

function readGroups(input: ParetoInput, targets: readonly string[]): [string, Record<string, number>][] {
  const groups = Object.entries(input.groups).map(([name, weights]): [string, Record<string, number>] => [
    name,
    resolveTargets(weights, targets),
  ]);
  if (groups.length < 2) {
    throw new InvalidInputError('PARETO_GROUPS', 'a Pareto front needs at least two groups of targets', {
      argument: 'pareto.groups',
      value: groups.length,
      allowed: 'two groups or more',
    });
  }
  return groups;
}

function dominates(a: readonly LossEstimate[], b: readonly LossEstimate[]): boolean {
  return a.every(({ mean }, g) => mean <= b[g]!.mean) && a.some(({ mean }, g) => mean < b[g]!.mean);
}

/** The front, from all emphasis on the first group to all on the last. Throws PARETO_GROUPS or TARGET_UNKNOWN. */
export function paretoFront(
  names: readonly string[],
  input: ParetoInput,
  fits: FittedTargets,
  losses: Readonly<Record<string, ArrayLike<number | null>>>,
  objective: Objective,
  constraints: ResolvedConstraints,
  pricing: RepetitionPricing | null,
  pool: Pool,
): ParetoMixture[] {
  const groups = readGroups(input, Object.keys(losses));
  const { prior, set, limits, minimumNonzero } = constraints;
  const modelOf = (targets: Readonly<Record<string, number>>) =>
    new ObjectiveModel(fits, { ...objective, combine: 'weighted-mean', targets }, losses, prior, pricing);
  const shareIn = groups.map(([, weights]) => {
    const total = Object.values(weights).reduce((a, b) => a + b, 0);
    return Object.fromEntries(Object.entries(weights).map(([target, weight]) => [target, weight / total]));
  });
  const single = shareIn.map(modelOf);
  const every = Math.max(1, Math.ceil(pool.rows.length / MAX_POOL));
  const rows = pool.rows.filter((_, s) => s % every === 0);
  const predicted = single.map((model) => model.combined(rows));
  const points = requireNumber('pareto.points', input.points ?? (groups.length === 2 ? 9 : 15), {
    min: groups.length,
    max: 1000,
    integer: true,
  });
  let previous = set.projectKl(prior);
  const found = emphases(groups.length, points).map((emphasis) => {
    const targets: Record<string, number> = {};
    shareIn.forEach((shares, g) => {
      for (const [target, share] of Object.entries(shares)) {
        if (emphasis[g]! > 0) targets[target] = (targets[target] ?? 0) + emphasis[g]! * share;
      }
    });
    const model = modelOf(targets);
    const convex = convexProblemOf(model, prior);
    const search = (within: typeof set, starts: readonly Float64Array[]) =>
      typeof convex === 'string'
        ? gradientSearch(within, starts, (some) => model.penalised(some), SEARCH)
        : minimiseLogLinear(convex, within);
    const values = evaluateObjective(
      { targets: Object.fromEntries(emphasis.map((e, g) => [String(g), e])), combine: 'weighted-mean' },
      Object.fromEntries(predicted.map((column, g) => [String(g), column])),
    ).map((value, s) => value + model.klPenalty(rows[s]!));
    const relaxed = search(set, [averageBest(rows, values, TOP), previous]).weights;
    previous = relaxed;
    const kept = respectsMinimum(relaxed, minimumNonzero)
      ? relaxed
      : keepAboveMinimum(names, limits, minimumNonzero, relaxed, (within, start) => search(within, [start]), false)
          ?.weights;
    return kept && { emphasis, weights: kept, groups: single.map((model) => model.estimate([kept])[0]!) };
  });
  const known = found.filter((point) => point !== undefined);
  return known.filter((point) => !known.some((other) => dominates(other.groups, point.groups)));
}
