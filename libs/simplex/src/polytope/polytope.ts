// Mixtures under linear constraints:
//   P = { p : sum p = 1, lower <= p <= upper, min_g <= sum_{i in g} p_i <= max_g for every group g }
// with 0 <= lower <= upper <= 1. Groups may overlap. P is convex; whether it is empty is a linear program.

export interface GroupBound {
  readonly members: readonly number[];
  readonly min: number;
  readonly max: number;
}

export interface Polytope {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly groups: readonly GroupBound[];
}

/** One limit somebody asked for: on one domain, or on the sum of several. */
export interface LinearLimit {
  /** How a message names it, for example `the minimum of "code", 0.6`. */
  readonly label: string;
  readonly members: readonly number[];
  /** At least this; 0 for no lower limit. */
  readonly min: number;
  /** At most this; 1 for no upper limit. */
  readonly max: number;
}

/** The polytope of all `limits` over `size` domains. A lower bound may exceed an upper one: then it is empty. */
export function polytopeOf(size: number, limits: readonly LinearLimit[]): Polytope {
  const lower = new Float64Array(size);
  const upper = new Float64Array(size).fill(1);
  const groups: GroupBound[] = [];
  for (const { members, min, max } of limits) {
    if (members.length === 1) {
      const i = members[0]!;
      lower[i] = Math.max(lower[i]!, min);
      upper[i] = Math.min(upper[i]!, max);
    } else groups.push({ members, min, max });
  }
  return { lower, upper, groups };
}

export function sumOver(p: ArrayLike<number>, members: readonly number[]): number {
  let sum = 0;
  for (const i of members) sum += p[i]!;
  return sum;
}

/** The largest amount by which `p` breaks a bound, a group or the sum; 0 inside. */
export function violation(p: ArrayLike<number>, { lower, upper, groups }: Polytope): number {
  let worst = 0;
  let sum = 0;
  for (let i = 0; i < lower.length; i++) {
    sum += p[i]!;
    worst = Math.max(worst, lower[i]! - p[i]!, p[i]! - upper[i]!);
  }
  worst = Math.max(worst, Math.abs(sum - 1));
  for (const { members, min, max } of groups) {
    const share = sumOver(p, members);
    worst = Math.max(worst, min - share, share - max);
  }
  return worst;
}
