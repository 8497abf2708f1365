import { spearman } from '#libs/surrogates';
import { Z90 } from './bootstrap.js';

export interface HeldOutScores {
  readonly rows: number;
  readonly mae: number;
  readonly rmse: number;
  /** Mean of |error| / loss, a fraction. */
  readonly mre: number;
  /** Rank correlation over the rows; null without an order. */
  readonly spearman: number | null;
  /** Share of rows inside the 90% interval; null where no intervals were made. */
  readonly coverage90: number | null;
}

/** Scores of predictions of losses that the fit had not seen. Needs at least one row. */
export function scoreHeldOut(
  predicted: ArrayLike<number>,
  observed: ArrayLike<number>,
  standardErrors: ArrayLike<number> | null = null,
): HeldOutScores {
  const n = observed.length;
  let [mae, squares, mre, inside] = [0, 0, 0, 0];
  for (let r = 0; r < n; r++) {
    const error = predicted[r]! - observed[r]!;
    mae += Math.abs(error) / n;
    squares += (error * error) / n;
    mre += Math.abs(error) / observed[r]! / n;
    if (standardErrors && Math.abs(error) <= Z90 * standardErrors[r]!) inside += 1 / n;
  }
  return {
    rows: n,
    mae,
    rmse: Math.sqrt(squares),
    mre,
    spearman: spearman(predicted, observed),
    coverage90: standardErrors ? inside : null,
  };
}
