// A point well inside a polytope, and the constraints that hold with equality everywhere on it.
//   w_i = upper_i - lower_i, y_i = (p_i - lower_i) / w_i in [0, 1]: every width is scaled to 1, so that a domain capped
//   at 1e-4 is treated like one that is free.
// Program 1, over (y, t): maximise t subject to t <= y_i <= 1 - t, group sums t times their reach inside their bounds,
// and the sum. No solution: empty. t > 0: every inequality can be strict at once.
// Program 2, when t = 0 (Freund, Roundy and Todd 1985), over (Y = tau y, tau >= 1, u in [0, 1] per inequality):
// maximise sum u subject to Y_i >= u_i and so on. The inequalities left with u = 0 are equalities everywhere on P.
// Without groups both have closed forms. Failure mode: a polytope thinner than about 1e-8 counts as flat.
import { solve } from 'yalps';
import { type Polytope, sumOver, violation } from './polytope.js';

/** Below this a feasible sum or width is rounding. */
const SLACK = 1e-9;
const STRICT = 1e-7;

export interface Interior {
  /** The same set, its implied equalities written as lower = upper or min = max. */
  readonly polytope: Polytope;
  readonly centre: Float64Array;
}

/** Null when no mixture satisfies the constraints. */
export function findInterior(polytope: Polytope): Interior | null {
  const { lower, upper, groups } = polytope;
  const size = lower.length;
  let [least, most] = [0, 0];
  for (let i = 0; i < size; i++) {
    if (lower[i]! > upper[i]! + SLACK) return null;
    least += lower[i]!;
    most += Math.max(lower[i]!, upper[i]!);
  }
  if (least > 1 + SLACK || most < 1 - SLACK) return null;
  const tidy: Polytope = { lower, upper: upper.map((u, i) => Math.max(u, lower[i]!)), groups };
  if (groups.length === 0) return boxInterior(tidy, least, most);
  const strict = solveStrict(tidy, least);
  if (!strict) return null;
  if (strict.depth > STRICT) return { polytope: tidy, centre: strict.point };
  return flatInterior(tidy, least, strict.point);
}

function boxInterior(polytope: Polytope, least: number, most: number): Interior {
  const { lower, upper } = polytope;
  // At either extreme only one mixture is left.
  if (1 - least <= SLACK) return fixedAt(lower.map((l) => l / least));
  if (most - 1 <= SLACK) return fixedAt(upper.map((u) => u / most));
  const share = (1 - least) / (most - least);
  return { polytope, centre: lower.map((l, i) => l + share * (upper[i]! - l)) };
}

function fixedAt(point: Float64Array): Interior {
  return { polytope: { lower: point, upper: point, groups: [] }, centre: point };
}

type Row = Record<string, number>;
type Bounds = Record<string, { min?: number; max?: number; equal?: number }>;

/** One side of a group's bound that the single bounds do not imply: side is its name in the programs. */
interface GroupSide {
  readonly key: string;
  readonly group: number;
  readonly side: 'min' | 'max';
  readonly members: readonly number[];
  /** What is asked of the sum of (p_i - lower_i). */
  readonly bound: number;
}

function groupSides({ lower, upper, groups }: Polytope): GroupSide[] {
  return groups.flatMap(({ members, min, max }, group) => {
    const base = sumOver(lower, members);
    const reach = sumOver(upper, members) - base;
    const sides: GroupSide[] = [];
    if (min > base) sides.push({ key: `min${group}`, group, side: 'min', members, bound: min - base });
    if (max < Math.min(1, base + reach)) {
      sides.push({ key: `max${group}`, group, side: 'max', members, bound: max - base });
    }
    return sides;
  });
}

function solveStrict(polytope: Polytope, least: number): { depth: number; point: Float64Array } | null {
  const { lower, upper } = polytope;
  const width = lower.map((l, i) => upper[i]! - l);
  const open = [...width.keys()].filter((i) => width[i]! > 0);
  const constraints: Bounds = { sum: { equal: 1 - least }, t: { max: 0.5 } };
  const variables: Record<string, Row> = Object.fromEntries(open.map((i) => [`y${i}`, { sum: width[i]! } as Row]));
  const depth: Row = { t: 1 };
  for (const i of open) {
    constraints[`low${i}`] = { min: 0 };
    constraints[`high${i}`] = { max: 1 };
    variables[`y${i}`]![`low${i}`] = 1;
    variables[`y${i}`]![`high${i}`] = 1;
    depth[`low${i}`] = -1;
    depth[`high${i}`] = 1;
  }
  for (const { key, side, members, bound } of groupSides(polytope)) {
    const reach = sumOver(width, members);
    constraints[key] = { [side]: bound };
    depth[key] = side === 'min' ? -reach : reach;
    for (const i of members) if (width[i]! > 0) variables[`y${i}`]![key] = width[i]!;
  }
  variables.depth = depth;
  const found = solve({ direction: 'maximize', objective: 't', constraints, variables });
  if (found.status !== 'optimal') return null;
  const values = new Map(found.variables);
  const point = lower.map((l, i) => l + width[i]! * Math.min(1, Math.max(0, values.get(`y${i}`) ?? 0)));
  // The solver's own tolerance is looser than what is promised here.
  if (violation(point, polytope) > 1e-6) return null;
  return { depth: found.result, point };
}

function flatInterior(polytope: Polytope, least: number, fallback: Float64Array): Interior {
  const { lower, upper, groups } = polytope;
  const width = lower.map((l, i) => upper[i]! - l);
  const open = [...width.keys()].filter((i) => width[i]! > SLACK);
  const constraints: Bounds = { sum: { equal: 0 }, scale: { min: 1 } };
  const scale: Row = { scale: 1, sum: -(1 - least) };
  const variables: Record<string, Row> = { scale };
  const asked = new Set<string>();
  const askStrict = (key: string, side: 'min' | 'max', bound: number) => {
    asked.add(key);
    constraints[key] = { [side]: 0 };
    constraints[`one ${key}`] = { max: 1 };
    variables[`u ${key}`] = { total: 1, [`one ${key}`]: 1, [key]: side === 'min' ? -1 : 1 };
    if (bound !== 0) scale[key] = -bound;
  };
  for (const i of open) {
    variables[`y${i}`] = { sum: width[i]!, [`low${i}`]: 1, [`high${i}`]: 1 };
    askStrict(`low${i}`, 'min', 0);
    askStrict(`high${i}`, 'max', 1);
  }
  for (const { key, side, members, bound } of groupSides(polytope)) {
    for (const i of members) if (width[i]! > SLACK) variables[`y${i}`]![key] = width[i]!;
    askStrict(key, side, bound);
  }
  const found = solve({ direction: 'maximize', objective: 'total', constraints, variables });
  const values = new Map(found.variables);
  const tau = values.get('scale') ?? 0;
  // Unsolvable in floating point: the one point that is known stands for the set.
  if (found.status !== 'optimal' || !(tau >= 1 - STRICT)) return fixedAt(fallback);
  const implied = (key: string) => asked.has(key) && (values.get(`u ${key}`) ?? 0) < 0.5;
  return {
    polytope: {
      lower: lower.map((l, i) => (implied(`high${i}`) ? upper[i]! : l)),
      upper: upper.map((u, i) => (implied(`low${i}`) ? lower[i]! : width[i]! > SLACK ? u : lower[i]!)),
      groups: groups.map(({ members, min, max }, g) => ({
        members,
        min: implied(`max${g}`) ? max : min,
        max: implied(`min${g}`) ? min : max,
      })),
    },
    centre: lower.map((l, i) => l + (width[i]! * (values.get(`y${i}`) ?? 0)) / tau),
  };
}
