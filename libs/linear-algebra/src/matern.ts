// Matern-5/2 covariances of points in a workspace.
//   X  m x n points, one coordinate per row, already divided by the length scales
//   k(r) = (1 + s + s^2 / 3) e^-s with s = sqrt(5) r and r the Euclidean distance
// Reference: Rasmussen and Williams 2006, (4.17). Distances are sums of squared differences, not differences of
// products, so that close points lose no digits.
import { type Matrix, roundUp4, type Workspace } from './workspace.js';

export interface Covariance {
  /** k(0). */
  readonly variance: number;
  /** Added on the diagonal. */
  readonly nugget: number;
}

/**
 * Fills the upper triangle of K (n x n) with the covariances of the points, and that of `slopes`, where given, with
 * -2 dK/d(r^2).
 */
export function maternCovariance(
  workspace: Workspace,
  points: Matrix,
  { variance, nugget }: Covariance,
  k: Matrix,
  slopes?: Matrix,
): void {
  const { columns: n, rows: m, address: x, stride } = points;
  const to = slopes?.address ?? 0;
  const padded = roundUp4(n);
  workspace.kernels.matern52(n, padded, m, x, stride, x, stride, variance, k.address, k.stride, 1, to, nugget);
}

/** Fills K (n x q) with the covariances of two sets of points, m x n and m x q. */
export function maternCrossCovariance(workspace: Workspace, x: Matrix, y: Matrix, variance: number, k: Matrix): void {
  const q = roundUp4(y.columns);
  const { kernels } = workspace;
  kernels.matern52(
    x.columns,
    q,
    x.rows,
    x.address,
    x.stride,
    y.address,
    y.stride,
    variance,
    k.address,
    k.stride,
    0,
    0,
    0,
  );
}

/**
 * Multiplies `slopes` by alpha_i alpha_j - inverse_ij, upper triangle: half of what a change of r^2 does to the log
 * marginal likelihood of a covariance with these slopes, with the sign turned.
 */
export function weighSlopes(workspace: Workspace, inverse: Matrix, alpha: Matrix, slopes: Matrix): void {
  const n = inverse.columns;
  workspace.kernels.weigh_slopes(n, roundUp4(n), inverse.address, alpha.address, slopes.address, slopes.stride);
}

/** sum over i < j of weights_ij (x_id - x_jd) (z_id - z_jd) for each coordinate d; X and Z are m x n. */
export function differenceSums(workspace: Workspace, x: Matrix, z: Matrix, weights: Matrix): Float64Array {
  return workspace.scope(() => {
    const { columns: n, rows: m } = x;
    const out = workspace.vector(m);
    workspace.kernels.difference_sums(
      n,
      roundUp4(n),
      m,
      x.address,
      z.address,
      x.stride,
      weights.address,
      weights.stride,
      out.address,
    );
    return workspace.view(out).slice(0, m);
  });
}

/** K'w for K (n x q) and w (n values). */
export function weightedRows(workspace: Workspace, k: Matrix, w: Matrix): Float64Array {
  return workspace.scope(() => {
    const out = workspace.vector(k.columns);
    workspace.kernels.weighted_rows(k.rows, roundUp4(k.columns), k.address, k.stride, w.address, out.address);
    return workspace.view(out).slice(0, k.columns);
  });
}

/** Sums of squares of the columns of V (n x q). */
export function columnSquares(workspace: Workspace, v: Matrix): Float64Array {
  return workspace.scope(() => {
    const out = workspace.vector(v.columns);
    workspace.kernels.column_squares(v.rows, roundUp4(v.columns), v.address, v.stride, out.address);
    return workspace.view(out).slice(0, v.columns);
  });
}
