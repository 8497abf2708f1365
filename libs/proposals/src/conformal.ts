/**
 * Half-width that holds a new error with probability about `level`: the ceil(level (n + 1))-th smallest |error|, as
 * split-conformal prediction takes it; no normality needed. Null when n is too small for the level (below 9 at 0.9).
 */
export function conformalHalfWidth(errors: Float64Array, level: number): number | null {
  const rank = Math.ceil(level * (errors.length + 1) - 1e-9);
  if (rank < 1 || rank > errors.length) return null;
  return errors.map(Math.abs).sort()[rank - 1]!;
}
