import type { Folds } from './folds.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateParameters } from './surrogate.js';

/** One surrogate fitted on all rows and on all but each fold. */
export interface CrossValidated {
  readonly whole: FittedSurrogate;
  /** The fit that has not seen fold f, for each f. */
  readonly byFold: readonly FittedSurrogate[];
  /** Prediction of each row by the fit that has not seen it. */
  readonly outOfFold: Float64Array;
  /** That fit's standard error; null where the surrogate has none of its own. */
  readonly errors: Float64Array | null;
}

/**
 * Fits on all rows, then on all folds but one, for each in turn: n predictions no row had a part in. The fits by fold
 * start from the whole one's state, which saves time and, by the contract of `warmStart`, changes nothing else.
 */
export function crossValidate(
  surrogate: Surrogate,
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  folds: Folds,
  parameters?: SurrogateParameters,
  onFit?: (done: number, total: number) => void,
): CrossValidated {
  const total = folds.count + 1;
  onFit?.(0, total);
  const whole = surrogate.fit(mixtures, losses, parameters);
  const start = whole.state();
  const outOfFold = new Float64Array(losses.length);
  let errors: Float64Array | null = new Float64Array(losses.length);
  const byFold = Array.from({ length: folds.count }, (_, fold) => {
    onFit?.(fold + 1, total);
    const { inside, outside } = rowsAround(folds, fold);
    const fitted = surrogate.fit(
      inside.map((r) => mixtures[r]!),
      inside.map((r) => losses[r]!),
      parameters,
      start,
    );
    const held = outside.map((r) => mixtures[r]!);
    const mean = fitted.predict(held);
    const error = fitted.standardErrors(held);
    if (error === null) errors = null;
    outside.forEach((r, k) => {
      outOfFold[r] = mean[k]!;
      if (errors && error) errors[r] = error[k]!;
    });
    return fitted;
  });
  onFit?.(total, total);
  return { whole, byFold, outOfFold, errors };
}

/** Rows outside a fold, which a fit may see, and those inside it, which it is judged on. */
export function rowsAround(folds: Folds, fold: number): { inside: number[]; outside: number[] } {
  const inside: number[] = [];
  const outside: number[] = [];
  folds.foldOf.forEach((f, r) => {
    (f === fold ? outside : inside).push(r);
  });
  return { inside, outside };
}

/** Out-of-fold predictions of the baseline that predicts the mean of the other folds, whatever the mixture. */
export function crossValidateMean(losses: ArrayLike<number>, folds: Folds): Float64Array {
  const out = new Float64Array(losses.length);
  for (let fold = 0; fold < folds.count; fold++) {
    const { inside, outside } = rowsAround(folds, fold);
    const mean = inside.reduce((sum, r) => sum + losses[r]!, 0) / inside.length;
    for (const r of outside) out[r] = mean;
  }
  return out;
}
