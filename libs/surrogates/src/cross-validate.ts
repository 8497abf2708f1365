import type { Folds } from './folds.js';
import type { Mixtures, Surrogate, SurrogateParameters } from './surrogate.js';

/** Fits on all folds but one, predicts that one, for each in turn: n predictions no row had a part in. */
export function crossValidate(
  surrogate: Surrogate,
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  folds: Folds,
  parameters?: SurrogateParameters,
): Float64Array {
  return overFolds(losses.length, folds, (inside, outside) =>
    surrogate
      .fit(
        inside.map((r) => mixtures[r]!),
        inside.map((r) => losses[r]!),
        parameters,
      )
      .predict(outside.map((r) => mixtures[r]!)),
  );
}

/** The same for the baseline that predicts the mean of the other folds, whatever the mixture. */
export function crossValidateMean(losses: ArrayLike<number>, folds: Folds): Float64Array {
  return overFolds(losses.length, folds, (inside, outside) => {
    const mean = inside.reduce((sum, r) => sum + losses[r]!, 0) / inside.length;
    return new Float64Array(outside.length).fill(mean);
  });
}

function overFolds(
  n: number,
  folds: Folds,
  predict: (inside: number[], outside: number[]) => Float64Array,
): Float64Array {
  const out = new Float64Array(n);
  for (let fold = 0; fold < folds.count; fold++) {
    const inside: number[] = [];
    const outside: number[] = [];
    for (let r = 0; r < n; r++) (folds.foldOf[r] === fold ? outside : inside).push(r);
    const predicted = predict(inside, outside);
    outside.forEach((r, k) => {
      out[r] = predicted[k]!;
    });
  }
  return out;
}
