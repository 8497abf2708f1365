// The least of a convex objective over the constraints, by an interior-point method (Boyd and Vandenberghe, chapter 11).
//   F(p) = sum_k v_k (c_k + exp(b_k + t_k . p)) + lambda sum_i p_i log(p_i / q_i)      weighted mean
//   F(p) = max_k v_k (c_k + exp(b_k + t_k . p)) + lambda sum_i p_i log(p_i / q_i)      worst case, through an epigraph
//          variable z >= v_k (...) for every k
//   x    the free weights (and z), moved along the equalities by Newton steps on  tau F - sum log(slacks)
// At the centre for tau the objective is within J / tau of the least possible, J the number of inequalities: that is
// the duality gap reported. v_k >= 0 makes F convex, so there are no other minima. Failure modes: exponents so steep
// that the Newton steps stall, which is reported; a natural share q_i below 1e-9 counts as 1e-9.
import { solveCholesky } from '#libs/linear-algebra';
import type { FeasibleSet } from '#libs/simplex';
import { leastShare } from './kl-divergence.js';

/** c + exp(b + t . p). */
export interface LogLinearTerm {
  readonly c: number;
  readonly b: number;
  readonly t: ArrayLike<number>;
  /** v >= 0, what it is multiplied by in the objective. */
  readonly share: number;
}

export interface ConvexProblem {
  readonly terms: readonly LogLinearTerm[];
  readonly combine: 'weighted-mean' | 'worst-case';
  readonly klStrength: number;
  readonly prior: ArrayLike<number>;
}

export interface ExactResult {
  readonly weights: Float64Array;
  readonly value: number;
  readonly dualityGap: number;
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
}

const GAP = 1e-9;
const GROWTH = 12;
const NEWTON_STEPS = 60;
/** Half the squared Newton decrement below which a centre is reached. */
const CENTRED = 1e-9;
/** Weights this near to a limit are put on it: an interior point never touches. */
const SNAP = 1e-6;

/** One inequality row . x <= bound over the variables. */
interface Inequality {
  readonly row: readonly (readonly [k: number, sign: number])[];
  readonly bound: number;
}

function inequalitiesOf(set: FeasibleSet): Inequality[] {
  const { lower, upper, groups } = set.polytope;
  const position = new Map(set.free.map((i, k) => [i, k]));
  const found: Inequality[] = [];
  set.free.forEach((i, k) => {
    found.push({ row: [[k, -1]], bound: -lower[i]! });
    if (upper[i]! < 1) found.push({ row: [[k, 1]], bound: upper[i]! });
  });
  for (const { members, min, max } of groups) {
    if (max <= min) continue;
    const own = members.filter((i) => position.has(i));
    const fixed = members.reduce((sum, i) => sum + (position.has(i) ? 0 : lower[i]!), 0);
    const reach = own.reduce((sum, i) => sum + upper[i]!, 0);
    const base = own.reduce((sum, i) => sum + lower[i]!, 0);
    if (min - fixed > base) found.push({ row: own.map((i) => [position.get(i)!, -1] as const), bound: fixed - min });
    if (max - fixed < Math.min(1 - fixed, reach)) {
      found.push({ row: own.map((i) => [position.get(i)!, 1] as const), bound: max - fixed });
    }
  }
  return found;
}

/** F at a mixture. */
export function convexObjective({ terms, combine, klStrength, prior }: ConvexProblem, p: ArrayLike<number>): number {
  let value = combine === 'worst-case' ? -Infinity : 0;
  for (const term of terms) {
    const loss = term.share * (term.c + Math.exp(powerAt(term, p)));
    value = combine === 'worst-case' ? Math.max(value, loss) : value + loss;
  }
  if (klStrength > 0) {
    for (let i = 0; i < p.length; i++) {
      if (p[i]! > 0) value += klStrength * p[i]! * Math.log(p[i]! / leastShare(prior[i]!));
    }
  }
  return value;
}

function powerAt({ b, t }: LogLinearTerm, p: ArrayLike<number>): number {
  let power = b;
  for (let i = 0; i < p.length; i++) power += t[i]! * p[i]!;
  return power;
}

/** The barrier function of one problem at one tau: value, gradient and Hessian over the variables. */
class Barrier {
  readonly size: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  readonly inequalities: readonly Inequality[];
  private readonly p: Float64Array;
  private readonly worst: boolean;

  constructor(
    private readonly problem: ConvexProblem,
    private readonly set: FeasibleSet,
  ) {
    this.worst = problem.combine === 'worst-case';
    this.size = set.free.length + (this.worst ? 1 : 0);
    this.gradient = new Float64Array(this.size);
    this.hessian = new Float64Array(this.size * this.size);
    this.inequalities = inequalitiesOf(set);
    this.p = Float64Array.from(set.polytope.lower);
  }

  /** Number of inequalities: the gap at a centre is this over tau. */
  get count(): number {
    return this.inequalities.length + (this.worst ? this.problem.terms.length : 0);
  }

  mixture(x: ArrayLike<number>): Float64Array {
    this.set.free.forEach((i, k) => {
      this.p[i] = x[k]!;
    });
    return this.p;
  }

  start(): Float64Array {
    const x = Float64Array.from({ length: this.size }, (_, k) => this.set.centre[this.set.free[k]!] ?? 0);
    if (this.worst) {
      const highest = convexObjective({ ...this.problem, klStrength: 0 }, this.mixture(x));
      x[this.size - 1] = highest + Math.max(1e-3, 0.1 * Math.abs(highest));
    }
    return x;
  }

  private addOuter(row: Float64Array, factor: number): void {
    const { size, hessian } = this;
    for (let k = 0; k < size; k++) {
      if (row[k] === 0) continue;
      for (let j = 0; j <= k; j++) hessian[k * size + j] = hessian[k * size + j]! + factor * row[k]! * row[j]!;
    }
  }

  /** tau F + barrier; Infinity outside. With `full` the gradient and the lower triangle of the Hessian as well. */
  at(x: Float64Array, tau: number, full: boolean): number {
    const { size, gradient, hessian, worst, set } = this;
    const { terms, klStrength, prior } = this.problem;
    const p = this.mixture(x);
    if (full) {
      gradient.fill(0);
      hessian.fill(0);
    }
    let value = worst ? tau * x[size - 1]! : 0;
    if (full && worst) gradient[size - 1] = tau;
    const row = new Float64Array(size);
    for (const term of terms) {
      const excess = term.share * Math.exp(powerAt(term, p));
      const loss = term.share * term.c + excess;
      set.free.forEach((i, k) => {
        row[k] = term.t[i]!;
      });
      if (worst) {
        const slack = x[size - 1]! - loss;
        if (!(slack > 0)) return Infinity;
        value -= Math.log(slack);
        if (!full) continue;
        row[size - 1] = 0;
        this.addOuter(row, excess / slack);
        for (let k = 0; k < size - 1; k++) row[k] = row[k]! * excess;
        row[size - 1] = -1;
        for (let k = 0; k < size; k++) gradient[k] = gradient[k]! + row[k]! / slack;
        this.addOuter(row, 1 / (slack * slack));
      } else {
        value += tau * loss;
        if (!full) continue;
        for (let k = 0; k < size; k++) gradient[k] = gradient[k]! + tau * excess * row[k]!;
        this.addOuter(row, tau * excess);
      }
    }
    if (klStrength > 0) {
      set.free.forEach((i, k) => {
        const ratio = Math.log(p[i]! / leastShare(prior[i]!));
        value += tau * klStrength * p[i]! * ratio;
        if (!full) return;
        gradient[k] = gradient[k]! + tau * klStrength * (ratio + 1);
        hessian[k * size + k] = hessian[k * size + k]! + (tau * klStrength) / p[i]!;
      });
    }
    for (const { row: sparse, bound } of this.inequalities) {
      let slack = bound;
      for (const [k, sign] of sparse) slack -= sign * x[k]!;
      if (!(slack > 0)) return Infinity;
      value -= Math.log(slack);
      if (!full) continue;
      for (const [k, sign] of sparse) {
        gradient[k] = gradient[k]! + sign / slack;
        for (const [j, other] of sparse) {
          if (j <= k) hessian[k * size + j] = hessian[k * size + j]! + (sign * other) / (slack * slack);
        }
      }
    }
    return Number.isNaN(value) ? Infinity : value;
  }

  /** The Newton step that keeps the equalities, or null where the Hessian is singular in floating point. */
  newtonStep(): Float64Array | null {
    const { size, gradient, hessian } = this;
    const solve = (right: Float64Array) => solveCholesky(Float64Array.from(hessian), right);
    const free = solve(gradient.map((g) => -g));
    if (!free) return null;
    const rows = this.set.equalities.map(({ row }) => Float64Array.from({ length: size }, (_, k) => row[k] ?? 0));
    const solved = rows.map((row) => solve(row));
    if (solved.some((column) => column === null)) return null;
    const schur = new Float64Array(rows.length * rows.length);
    const right = new Float64Array(rows.length);
    rows.forEach((row, a) => {
      right[a] = dot(row, free);
      rows.forEach((_, b) => {
        schur[a * rows.length + b] = dot(row, solved[b]!);
      });
    });
    const multipliers = solveCholesky(schur, right);
    if (!multipliers) return null;
    for (let a = 0; a < rows.length; a++) {
      for (let k = 0; k < size; k++) free[k] = free[k]! - multipliers[a]! * solved[a]![k]!;
    }
    return free;
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** The mixture of `set` with the least convex objective. Running out of steps is a value, not an exception. */
export function minimiseLogLinear(problem: ConvexProblem, set: FeasibleSet): ExactResult {
  const finish = (p: Float64Array, dualityGap: number, reason: string | null, iterations: number): ExactResult => {
    const weights = snap(problem, set, p, dualityGap);
    return {
      weights,
      value: convexObjective(problem, weights),
      dualityGap,
      converged: reason === null,
      reason: reason ?? 'the duality gap is within its tolerance',
      iterations,
    };
  };
  if (set.free.length < 2) return finish(Float64Array.from(set.centre), 0, null, 0);
  const barrier = new Barrier(problem, set);
  let x = barrier.start();
  let iterations = 0;
  const scale = Math.max(1e-6, Math.abs(convexObjective({ ...problem, klStrength: 0 }, set.centre)));
  let tau = barrier.count / scale;
  for (;;) {
    let stalled = false;
    for (let step = 0; step < NEWTON_STEPS; step++) {
      const value = barrier.at(x, tau, true);
      const direction = barrier.newtonStep();
      iterations += 1;
      const slope = direction ? dot(barrier.gradient, direction) : 0;
      if (!direction || -slope / 2 <= CENTRED) break;
      let length = 1;
      let next = x;
      for (; length > 1e-12; length /= 2) {
        next = x.map((v, k) => v + length * direction[k]!);
        if (barrier.at(next, tau, false) <= value + 0.1 * length * slope) break;
      }
      // Out of digits: as central as floating point allows at this tau.
      stalled = length <= 1e-12;
      if (stalled) break;
      x = next;
    }
    const gap = barrier.count / tau;
    const p = Float64Array.from(barrier.mixture(x));
    if (gap <= GAP * Math.max(1, scale)) return finish(p, gap, null, iterations);
    if (stalled) return finish(p, gap, 'the Newton steps ran out of digits', iterations);
    tau *= GROWTH;
  }
}

/** Puts weights that only the barrier holds off their limits onto them, unless that costs more than the gap. */
function snap(problem: ConvexProblem, set: FeasibleSet, p: Float64Array, gap: number): Float64Array {
  const { lower, upper } = set.polytope;
  const inside = set.settle(Float64Array.from(p));
  // Scaling keeps what is 0 at 0.
  const snapped = set.projectKl(
    p.map((w, i) => (w - lower[i]! < SNAP ? lower[i]! : upper[i]! - w < SNAP ? upper[i]! : w)),
  );
  return convexObjective(problem, snapped) <= convexObjective(problem, inside) + Math.max(gap, GAP) ? snapped : inside;
}
