// Rows that a Gaussian process cannot explain: a weight that was rounded to 0 and was not, a run that went wrong. With
// normal noise one such row bends the surface around it and inflates the noise everywhere, so they are set aside.
//   z_i = alpha_i / sqrt(Q_ii), Q = K^-1 - K^-1 1 1'K^-1 / 1'K^-1 1
// is row i's leave-one-out error in its own standard deviations, the mean estimated anew (Dubrule 1983).
import { invertFactorised, withWorkspace } from '#libs/linear-algebra';
import { medianOf } from '../median.js';
import { solveMean } from './marginal-likelihood.js';
import { factoriseCovariance } from './posterior.js';

/** No more than this share is set aside: beyond it, the surface is what is wrong. */
const LARGEST_SHARE = 0.1;
/** Scales a median absolute deviation to a normal standard deviation. */
const MAD_TO_DEVIATION = 1.4826;
/** Errors of a millionth of a standard deviation are rounding, as on a constant target. */
const ROUNDING = 1e-6;

/** Standardised leave-one-out errors; null when the covariance is not positive definite in floating point. */
export function leaveOneOutErrors(
  coordinates: Float64Array,
  y: Float64Array,
  theta: Float64Array,
): Float64Array | null {
  return withWorkspace((workspace) => {
    const n = y.length;
    const factor = factoriseCovariance(workspace, coordinates, theta, workspace.matrix(coordinates.length / n, n));
    if (!factor) return null;
    const { alpha, ones, precision } = solveMean(workspace, factor, y);
    const inverse = workspace.matrix(n, n);
    invertFactorised(workspace, factor, workspace.matrix(n, n), inverse);
    const values = workspace.view(inverse);
    return alpha.map((a, i) => a / Math.sqrt(values[i * inverse.stride + i]! - (ones[i]! * ones[i]!) / precision));
  });
}

/** Positions whose error lies more than `limit` robust standard deviations from the middle; at most a tenth of them. */
export function outlyingRows(errors: Float64Array, limit: number): Set<number> {
  const middle = medianOf(errors);
  const deviation = MAD_TO_DEVIATION * medianOf(errors.map((z) => Math.abs(z - middle)));
  const off = Array.from(errors, (z, row) => ({ row, off: Math.abs(z - middle) }));
  const beyond = off
    .filter((entry) => entry.off > limit * Math.max(deviation, ROUNDING))
    .sort((a, b) => b.off - a.off || a.row - b.row);
  return new Set(beyond.slice(0, Math.floor(LARGEST_SHARE * errors.length)).map(({ row }) => row));
}
