// Log marginal likelihood of a Gaussian process with a constant mean, and its gradient.
//   X      m x n coordinates, row-major (one coordinate after the other); y  n targets
//   theta  [log l_1 … log l_m, log s2, log v]: length scales, signal variance, noise variance
//   K      s2 Matern52(X / l) + v I
//   mu     1'K^-1 y / 1'K^-1 1, the generalised least squares estimate of the mean; alpha = K^-1 (y - mu)
//   log p  -(y - mu)'alpha / 2 - log det K / 2 - n log(2 pi) / 2
//   d log p / d theta = tr((alpha alpha' - K^-1) dK/dtheta) / 2; mu maximises log p, so its own change adds nothing.
// Reference: Rasmussen and Williams 2006, (5.8) and (5.9); for the mean their section 2.7.
// Failure mode: K loses positive definiteness when points coincide and v is tiny; the value is then -Infinity.
import {
  differenceSums,
  factorise,
  invertFactorised,
  logDeterminant,
  type Matrix,
  maternCovariance,
  solveFactorised,
  type Workspace,
  weighSlopes,
} from '#libs/linear-algebra';

const LOG_2_PI = Math.log(2 * Math.PI);

/** Writes X / l as a matrix of points, one coordinate per row. */
export function scalePoints(
  workspace: Workspace,
  coordinates: Float64Array,
  theta: ArrayLike<number>,
  points: Matrix,
): void {
  const view = workspace.view(points);
  const n = points.columns;
  for (let d = 0; d < points.rows; d++) {
    const inverse = 1 / Math.exp(theta[d]!);
    for (let i = 0; i < n; i++) view[d * points.stride + i] = coordinates[d * n + i]! * inverse;
  }
}

/** What a factorised covariance says about the targets; `ones` is K^-1 1. */
export interface MeanAndWeights {
  readonly mean: number;
  readonly alpha: Float64Array;
  readonly ones: Float64Array;
  /** 1'K^-1 1. */
  readonly precision: number;
  /** (y - mu)'alpha. */
  readonly misfit: number;
}

/** Solves for mu and alpha, given the factor of K. */
export function solveMean(workspace: Workspace, factor: Matrix, y: Float64Array): MeanAndWeights {
  return workspace.scope(() => {
    const n = y.length;
    const solve = (right: Float64Array): Float64Array => {
      const vector = workspace.vector(n, right);
      solveFactorised(workspace, factor, vector);
      return workspace.view(vector).slice(0, n);
    };
    const ones = solve(new Float64Array(n).fill(1));
    let precision = 0;
    let weighted = 0;
    for (let i = 0; i < n; i++) {
      precision += ones[i]!;
      weighted += ones[i]! * y[i]!;
    }
    const mean = weighted / precision;
    const centred = y.map((value) => value - mean);
    const alpha = solve(centred);
    let misfit = 0;
    for (let i = 0; i < n; i++) misfit += centred[i]! * alpha[i]!;
    return { mean, alpha, ones, precision, misfit };
  });
}

/**
 * The function theta → log p, writing d log p / d theta, on matrices of the given workspace.
 * @param coordinates m x n
 */
export function marginalLikelihood(
  workspace: Workspace,
  coordinates: Float64Array,
  y: Float64Array,
): (theta: Float64Array, gradient: Float64Array) => number {
  const n = y.length;
  const m = coordinates.length / n;
  const points = workspace.matrix(m, n);
  const [k, slopes, work, inverse] = [0, 1, 2, 3].map(() => workspace.matrix(n, n)) as [Matrix, Matrix, Matrix, Matrix];
  return (theta, gradient) => {
    const noise = Math.exp(theta[m + 1]!);
    scalePoints(workspace, coordinates, theta, points);
    maternCovariance(workspace, points, { variance: Math.exp(theta[m]!), nugget: noise }, k, slopes);
    if (factorise(workspace, k) >= 0) return Number.NEGATIVE_INFINITY;
    const { alpha, misfit } = solveMean(workspace, k, y);
    const value = -0.5 * (misfit + logDeterminant(workspace, k) + n * LOG_2_PI);
    invertFactorised(workspace, k, work, inverse);
    workspace.scope(() => weighSlopes(workspace, inverse, workspace.vector(n, alpha), slopes));
    gradient.set(differenceSums(workspace, points, points, slopes));
    let trace = 0;
    let squared = 0;
    const values = workspace.view(inverse);
    for (let i = 0; i < n; i++) {
      trace += values[i * inverse.stride + i]!;
      squared += alpha[i]! * alpha[i]!;
    }
    // The signal's share of K is K - v I.
    gradient[m] = 0.5 * (misfit - n - noise * (squared - trace));
    gradient[m + 1] = 0.5 * noise * (squared - trace);
    return value;
  };
}
