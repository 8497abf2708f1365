import { requireNumber } from '#libs/simplex';

/**
 * Half-width of an interval around a prediction that holds a new run's loss with probability about `level`, from the
 * out-of-fold errors: the ceil(level (n + 1))-th smallest absolute error, as conformal prediction takes it. It needs
 * no normal errors, but it is one width for all mixtures and holds for mixtures like those that were sampled.
 * Null when n is too small for the level (below 9 rows at 0.9).
 */
export function outOfFoldHalfWidth(
  outOfFold: ArrayLike<number>,
  losses: ArrayLike<number>,
  level: number,
): number | null {
  requireNumber('level', level, { above: 0, max: 1 });
  const rank = Math.ceil(level * (losses.length + 1) - 1e-9);
  if (rank > losses.length) return null;
  const errors = Float64Array.from(losses, (loss, r) => Math.abs(loss - outOfFold[r]!)).sort();
  return errors[rank - 1]!;
}
