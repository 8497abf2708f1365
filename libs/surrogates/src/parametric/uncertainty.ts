// Standard errors of a fitted law by the delta method.
//   g = d law(p) / d theta,  J the n rows of g,  r = (law − y) / spread
//   H = J'J / spread² + ridge diag(pull)   (Gauss–Newton; parameters held by a bound are taken as known)
//   sigma² = sum r² / (n − trace(H^-1 J'J / spread²))   noise per run, in squared spreads
//   standard error of a new run at p:  sqrt(sigma² (spread² + g' H^-1 g))
// Failure modes: the law is taken to be true. Where it bends the wrong way the errors share a sign, sigma absorbs them
// on average, and single errors can be far larger; calibrate out of fold.
import { solveCholesky } from '#libs/linear-algebra';
import type { Law, LawProblem } from './law.js';
import type { LawData } from './law-data.js';
import { gaussNewton } from './law-objective.js';

export interface Uncertainty {
  /** Positions in theta of the parameters not held by a bound. */
  readonly free: readonly number[];
  /** Lower triangle of the Cholesky factor of H over the free parameters, row by row. */
  readonly factor: readonly number[];
  /** Standard deviation of a run around the law, in the target's unit. */
  readonly noise: number;
  /** Parameters that the rows decide rather than the pull, at most K: the trace above. */
  readonly effectiveParameters: number;
  /** Mean squared leave-one-out residual by the Gauss–Newton shortcut r / (1 − leverage), in squared spreads. */
  readonly leaveOneOut: number;
}

/** Solves L x = g in place, L packed by rows. */
function forwardSolve(factor: ArrayLike<number>, g: Float64Array): void {
  let at = 0;
  for (let i = 0; i < g.length; i++) {
    let sum = g[i]!;
    for (let j = 0; j < i; j++) sum -= factor[at++]! * g[j]!;
    g[i] = sum / factor[at++]!;
  }
}

/** g' H^-1 g at the prepared mixture p. `gradient` (K values) and `work` (one per free parameter) are scratch. */
function quadraticForm(
  law: Law,
  theta: Float64Array,
  p: Float64Array,
  { free, factor }: { readonly free: readonly number[]; readonly factor: ArrayLike<number> },
  gradient: Float64Array,
  work: Float64Array,
): number {
  law.value(theta, p, gradient);
  for (let a = 0; a < free.length; a++) work[a] = gradient[free[a]!]!;
  forwardSolve(factor, work);
  let sum = 0;
  for (let a = 0; a < work.length; a++) sum += work[a]! * work[a]!;
  return sum;
}

export function lawUncertainty(problem: LawProblem, data: LawData, theta: Float64Array, ridge: number): Uncertainty {
  const { law, lower, upper, pull } = problem;
  const K = law.size;
  const full = gaussNewton(law, data, theta);
  const free = Array.from({ length: K }, (_, k) => k).filter((k) => {
    const margin = 1e-9 * Math.max(1, Math.abs(theta[k]!));
    return theta[k]! > lower[k]! + margin && theta[k]! < upper[k]! - margin;
  });
  const F = free.length;
  const matrix = new Float64Array(F * F);
  for (let a = 0; a < F; a++) {
    for (let b = 0; b <= a; b++) matrix[a * F + b] = full[free[a]! * K + free[b]!]!;
    // The last terms keep a direction that neither rows nor pull decide from a zero pivot.
    const own = matrix[a * F + a]!;
    matrix[a * F + a] = own + ridge * pull[free[a]!]! + 1e-9 * own + 1e-12;
  }
  if (!solveCholesky(matrix, new Float64Array(F)))
    throw new Error('a Gauss-Newton matrix with a positive diagonal shift is not positive definite');
  const factor: number[] = [];
  for (let a = 0; a < F; a++) for (let b = 0; b <= a; b++) factor.push(matrix[a * F + b]!);

  const gradient = new Float64Array(K);
  const work = new Float64Array(F);
  const n = data.rows.length;
  let squared = 0;
  let leaveOneOut = 0;
  let effective = 0;
  for (let r = 0; r < n; r++) {
    const residual = (law.value(theta, data.rows[r]!, null) - data.losses[r]!) / data.spread;
    const form = quadraticForm(law, theta, data.rows[r]!, { free, factor }, gradient, work);
    const leverage = Math.min(form / (data.spread * data.spread), 0.99);
    squared += residual * residual;
    effective += leverage;
    leaveOneOut += ((residual / (1 - leverage)) * (residual / (1 - leverage))) / n;
  }
  const noise = data.spread * Math.sqrt(squared / Math.max(n - effective, 1));
  return { free, factor, noise, effectiveParameters: effective, leaveOneOut };
}

/** Standard error of a new run at each mixture, noise included. */
export function lawStandardErrors(
  law: Law,
  theta: Float64Array,
  rows: readonly ArrayLike<number>[],
  spread: number,
  uncertainty: Uncertainty,
): Float64Array {
  const gradient = new Float64Array(law.size);
  const work = new Float64Array(uncertainty.free.length);
  const factor = Float64Array.from(uncertainty.factor);
  const relative = uncertainty.noise / spread;
  return Float64Array.from(rows, (p) => {
    const form = quadraticForm(law, theta, law.prepare(p), { free: uncertainty.free, factor }, gradient, work);
    return relative * Math.sqrt(spread * spread + form);
  });
}
