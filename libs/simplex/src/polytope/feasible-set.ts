// The mixtures that satisfy a set of limits, ready to be searched: a centre, the equalities that hold all over the
// set, and projections onto it. `settle` puts a point that is inside up to a solver's tolerance inside up to rounding:
// the equalities by an orthogonal projection, the inequalities by the smallest step towards the centre, where all of
// them are strict. Failure mode: a set thinner than 1e-8 is treated as flat (relative-interior.ts).
import { InvalidInputError } from '../invalid-input.error.js';
import { approach, dykstra } from './dykstra.js';
import { type Equality, orthonormalEqualities, restoreEqualities } from './equalities.js';
import { infeasibleSubset } from './infeasible-subset.js';
import { type LinearLimit, type Polytope, polytopeOf, sumOver, violation } from './polytope.js';
import { findInterior, type Interior } from './relative-interior.js';

/** Sweeps after which what is left is settled. */
const QUICK = 20;
/** A millionth of the tokens: less than any fit can tell, and nothing wherever six decimals are printed. */
const TRACE = 1e-6;

export class FeasibleSet {
  readonly size: number;
  readonly polytope: Polytope;
  /** Domains whose weight is not the same all over the set. */
  readonly free: readonly number[];
  /** Sums that are the same all over the set, over the free domains. */
  readonly equalities: readonly Equality[];
  /** A mixture at which every other limit is strict. */
  readonly centre: Float64Array;

  constructor({ polytope, centre }: Interior) {
    const { lower, upper, groups } = polytope;
    this.polytope = polytope;
    this.size = lower.length;
    this.free = [...lower.keys()].filter((i) => upper[i]! > lower[i]!);
    this.equalities = orthonormalEqualities(this.free, lower, [
      { members: [...lower.keys()], value: 1 },
      ...groups.filter(({ min, max }) => max <= min).map(({ members, min }) => ({ members, value: min })),
    ]);
    this.centre = centre.map((c, i) => Math.min(upper[i]!, Math.max(lower[i]!, c)));
    restoreEqualities(this.centre, this.free, this.equalities);
  }

  contains(p: ArrayLike<number>, slack = 1e-9): boolean {
    return violation(p, this.polytope) <= slack;
  }

  /**
   * The mixture of the set with the least sum p log(p / q), q >= 0.
   * @param sweeps with groups, how long to look for it: fewer give a mixture of the set that is not quite the nearest
   */
  projectKl(q: ArrayLike<number>, sweeps?: number): Float64Array {
    return this.settle(dykstra(q, this.polytope, 'kl', sweeps));
  }

  /** The mixture of the set nearest to `q`, likewise. */
  projectEuclidean(q: ArrayLike<number>, sweeps?: number): Float64Array {
    return this.settle(dykstra(q, this.polytope, 'euclidean', sweeps));
  }

  /** Some mixture of the set near `p` > 0, in place: for draws, of which there are many. */
  bringInside(p: Float64Array): Float64Array {
    return this.settle(approach(p, this.polytope, QUICK));
  }

  /**
   * A mixture of the set near `p`, the weights within a millionth of a bound exactly on it: traces become 0. Where the
   * other limits do not allow that, the weights only settle.
   */
  snap(p: ArrayLike<number>): Float64Array {
    const { lower, upper, groups } = this.polytope;
    const low = new Set(this.free.filter((i) => p[i]! - lower[i]! < TRACE));
    const high = new Set(this.free.filter((i) => !low.has(i) && upper[i]! - p[i]! < TRACE));
    if (low.size + high.size === 0) return this.settle(Float64Array.from(p));
    const interior = findInterior({
      lower: lower.map((l, i) => (high.has(i) ? upper[i]! : l)),
      upper: upper.map((u, i) => (low.has(i) ? lower[i]! : u)),
      groups,
    });
    if (!interior) return this.settle(Float64Array.from(p));
    return new FeasibleSet(interior).projectKl(Float64Array.from(p, (w, i) => (low.has(i) ? lower[i]! : w)));
  }

  /** Puts a point that is nearly inside exactly inside, in place; returns it. */
  settle(p: Float64Array): Float64Array {
    const { centre, free } = this;
    const { lower, upper, groups } = this.polytope;
    for (let i = 0; i < this.size; i++) if (upper[i]! <= lower[i]!) p[i] = lower[i]!;
    restoreEqualities(p, free, this.equalities);
    // The step at which p + step (centre - p) meets every bound that p misses.
    let step = 0;
    const need = (short: number, room: number) => {
      // Without room the limit is one of the equalities, and what is missing is rounding.
      if (short > 0 && room > 1e-12) step = Math.max(step, short / (short + room));
    };
    for (const i of free) {
      need(lower[i]! - p[i]!, centre[i]! - lower[i]!);
      need(p[i]! - upper[i]!, upper[i]! - centre[i]!);
    }
    for (const { members, min, max } of groups) {
      if (max <= min) continue;
      const [at, middle] = [sumOver(p, members), sumOver(centre, members)];
      need(min - at, middle - min);
      need(at - max, max - middle);
    }
    for (const i of free) {
      const moved = step > 0 ? p[i]! + step * (centre[i]! - p[i]!) : p[i]!;
      p[i] = Math.min(upper[i]!, Math.max(lower[i]!, moved));
    }
    return p;
  }
}

function quoteAll(labels: readonly string[]): string {
  return labels.length < 2 ? labels.join('') : `${labels.slice(0, -1).join(', ')} and ${labels.at(-1)}`;
}

/** The set of mixtures that satisfy `limits`; null when there is none. */
export function findFeasibleSet(size: number, limits: readonly LinearLimit[]): FeasibleSet | null {
  const interior = findInterior(polytopeOf(size, limits));
  return interior && new FeasibleSet(interior);
}

/**
 * The set of mixtures that satisfy `limits`. Throws CONSTRAINTS_INFEASIBLE naming limits that together admit no
 * mixture and of which none could be spared.
 */
export function feasibleSet(size: number, limits: readonly LinearLimit[]): FeasibleSet {
  const found = findFeasibleSet(size, limits);
  if (found) return found;
  const binding = infeasibleSubset(size, limits)!.map(({ label }) => label);
  const manner = ['hold', 'both hold', 'all hold'][Math.min(binding.length, 3) - 1];
  throw new InvalidInputError(
    'CONSTRAINTS_INFEASIBLE',
    `${quoteAll(binding)} cannot ${manner}: no weights that sum to 1 satisfy ${binding.length === 1 ? 'it' : 'them'}`,
    { argument: 'constraints', allowed: 'limits that some mixture satisfies', binding },
  );
}
