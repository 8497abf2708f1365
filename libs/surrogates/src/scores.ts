import { spearman } from './spearman.js';

export interface Scores {
  /** Rank correlation with ties averaged; null where either side is constant, so that no order exists. */
  readonly spearman: number | null;
  readonly mae: number;
  readonly rmse: number;
  /** 1 - residual / total sum of squares; null where the target is constant. */
  readonly r2: number | null;
}

/** Spearman, mean absolute error, root mean squared error (target's unit) and R² of n >= 1 predictions. */
export function scorePredictions(predicted: ArrayLike<number>, observed: ArrayLike<number>): Scores {
  const n = observed.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += observed[i]! / n;
  let absolute = 0;
  let squared = 0;
  let total = 0;
  let constant = true;
  for (let i = 0; i < n; i++) {
    const error = predicted[i]! - observed[i]!;
    absolute += Math.abs(error);
    squared += error * error;
    total += (observed[i]! - mean) ** 2;
    if (observed[i] !== observed[0]) constant = false;
  }
  return {
    spearman: spearman(predicted, observed),
    mae: absolute / n,
    rmse: Math.sqrt(squared / n),
    r2: constant ? null : 1 - squared / total,
  };
}
