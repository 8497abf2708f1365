// The barrier function of a convex problem at one tau: tau F - sum log(slacks), its gradient, and its Newton steps.
//   x     the free weights; in a worst case z, the epigraph variable, after them
//   H     over the weights diag(d) + sum_j w_j v_j v_j', one v per target and per group bound: Woodbury's identity
//         solves with it in m r^2 + r^3 operations, r the number of the v, instead of m^3
// One step of refinement makes up for the digits that Woodbury loses. Failure mode: a capacitance matrix that is not
// positive in floating point, which gives no step.
import { solveCholesky } from '#libs/linear-algebra';
import type { FeasibleSet } from '#libs/simplex';
import { type ConvexProblem, convexObjective, powerAt } from './convex-problem.js';
import { leastShare } from './kl-divergence.js';

/** One inequality row . x <= bound over the free weights. */
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

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function addTo(out: Float64Array, factor: number, v: ArrayLike<number>): void {
  for (let k = 0; k < v.length; k++) out[k] = out[k]! + factor * v[k]!;
}

/** The Hessian at one point: over the weights low rank plus diagonal, bordered by z in a worst case. */
class Hessian {
  readonly diagonal: Float64Array;
  private readonly vectors: Float64Array[] = [];
  /** Square roots of the w_j. */
  private readonly roots: number[] = [];
  readonly border: Float64Array;
  corner = 0;

  constructor(private readonly weights: number) {
    this.diagonal = new Float64Array(weights);
    this.border = new Float64Array(weights);
  }

  addOuter(vector: Float64Array, weight: number): void {
    if (!(weight > 0)) return;
    this.vectors.push(vector);
    this.roots.push(Math.sqrt(weight));
  }

  /** Solves H y = right over the weights alone; null where floating point does not allow it. */
  private prepare(): ((right: Float64Array) => Float64Array) | null {
    const { vectors, roots, diagonal, weights } = this;
    const rank = vectors.length;
    const scaled = vectors.map((v, j) => v.map((value, k) => (roots[j]! * value) / diagonal[k]!));
    const capacitance = new Float64Array(rank * rank);
    for (let j = 0; j < rank; j++) {
      for (let l = 0; l <= j; l++) capacitance[j * rank + l] = roots[l]! * dot(scaled[j]!, vectors[l]!);
      capacitance[j * rank + j] = capacitance[j * rank + j]! + 1;
    }
    const once = (right: Float64Array): Float64Array | null => {
      const y = right.map((value, k) => value / diagonal[k]!);
      if (rank === 0) return y;
      const inner = solveCholesky(
        capacitance.slice(),
        vectors.map((v, j) => roots[j]! * dot(v, y)),
      );
      if (!inner) return null;
      for (let j = 0; j < rank; j++) addTo(y, -inner[j]!, scaled[j]!);
      return y;
    };
    if (!once(new Float64Array(weights))) return null;
    return (right) => {
      const y = once(right)!;
      const left = Float64Array.from(right, (value, k) => value - diagonal[k]! * y[k]!);
      for (let j = 0; j < rank; j++) addTo(left, -roots[j]! * roots[j]! * dot(vectors[j]!, y), vectors[j]!);
      addTo(y, 1, once(left)!);
      return y;
    };
  }

  /** A solver of H y = right over all the variables. */
  solver(): ((right: Float64Array) => Float64Array) | null {
    const { weights, border, corner } = this;
    const inner = this.prepare();
    if (!inner || corner === 0) return inner;
    const bordered = inner(border);
    const left = corner - dot(border, bordered);
    if (!(left > 0)) return null;
    return (right) => {
      const y = inner(right.slice(0, weights));
      const z = (right[weights]! - dot(border, y)) / left;
      addTo(y, -z, bordered);
      return Float64Array.from([...y, z]);
    };
  }
}

export class Barrier {
  readonly size: number;
  readonly gradient: Float64Array;
  private hessian: Hessian;
  private readonly inequalities: readonly Inequality[];
  private readonly slopes: readonly Float64Array[];
  private readonly p: Float64Array;
  private readonly worst: boolean;

  constructor(
    private readonly problem: ConvexProblem,
    private readonly set: FeasibleSet,
  ) {
    this.worst = problem.combine === 'worst-case';
    this.size = set.free.length + (this.worst ? 1 : 0);
    this.gradient = new Float64Array(this.size);
    this.hessian = new Hessian(set.free.length);
    this.inequalities = inequalitiesOf(set);
    this.slopes = problem.terms.map(({ t }) => Float64Array.from(set.free, (i) => t[i]!));
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

  /** tau F + barrier; Infinity outside. With `full` the gradient and the Hessian as well. */
  at(x: Float64Array, tau: number, full: boolean): number {
    const { size, gradient, worst, set, slopes } = this;
    const { terms, klStrength, prior } = this.problem;
    const p = this.mixture(x);
    const hessian = new Hessian(set.free.length);
    if (full) {
      gradient.fill(0);
      this.hessian = hessian;
    }
    let value = worst ? tau * x[size - 1]! : 0;
    if (full && worst) gradient[size - 1] = tau;
    for (const [j, term] of terms.entries()) {
      const excess = term.share * Math.exp(powerAt(term, p));
      const loss = term.share * term.c + excess;
      const t = slopes[j]!;
      if (worst) {
        const slack = x[size - 1]! - loss;
        if (!(slack > 0)) return Infinity;
        value -= Math.log(slack);
        if (!full) continue;
        const ratio = excess / slack;
        hessian.addOuter(t, ratio + ratio * ratio);
        addTo(hessian.border, -ratio / slack, t);
        hessian.corner += 1 / (slack * slack);
        addTo(gradient, ratio, t);
        gradient[size - 1] = gradient[size - 1]! - 1 / slack;
      } else {
        value += tau * loss;
        if (!full) continue;
        addTo(gradient, tau * excess, t);
        hessian.addOuter(t, tau * excess);
      }
    }
    if (klStrength > 0) {
      set.free.forEach((i, k) => {
        const ratio = Math.log(p[i]! / leastShare(prior[i]!));
        value += tau * klStrength * p[i]! * ratio;
        if (!full) return;
        gradient[k] = gradient[k]! + tau * klStrength * (ratio + 1);
        hessian.diagonal[k] = hessian.diagonal[k]! + (tau * klStrength) / p[i]!;
      });
    }
    for (const { row, bound } of this.inequalities) {
      let slack = bound;
      for (const [k, sign] of row) slack -= sign * x[k]!;
      if (!(slack > 0)) return Infinity;
      value -= Math.log(slack);
      if (!full) continue;
      for (const [k, sign] of row) gradient[k] = gradient[k]! + sign / slack;
      const curvature = 1 / (slack * slack);
      if (row.length === 1) hessian.diagonal[row[0]![0]] = hessian.diagonal[row[0]![0]]! + curvature;
      else {
        const vector = new Float64Array(set.free.length);
        for (const [k, sign] of row) vector[k] = sign;
        hessian.addOuter(vector, curvature);
      }
    }
    return Number.isNaN(value) ? Infinity : value;
  }

  /** The Newton step from where `at` was last called in full that keeps the equalities; null where there is none. */
  newtonStep(): Float64Array | null {
    const { size, gradient } = this;
    const solve = this.hessian.solver();
    if (!solve) return null;
    const step = solve(gradient.map((g) => -g));
    const rows = this.set.equalities.map(({ row }) => Float64Array.from({ length: size }, (_, k) => row[k] ?? 0));
    const solved = rows.map(solve);
    const schur = Float64Array.from(rows.flatMap((row) => solved.map((column) => dot(row, column))));
    const multipliers = solveCholesky(
      schur,
      rows.map((row) => dot(row, step)),
    );
    if (!multipliers) return null;
    solved.forEach((column, a) => {
      addTo(step, -multipliers[a]!, column);
    });
    return step.every(Number.isFinite) ? step : null;
  }
}
