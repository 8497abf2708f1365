// A weighted mean of fitted surrogates. With weights w_k, means f_k and standard errors s_k:
//   f = sum_k w_k f_k        s^2 = sum_k w_k (s_k^2 + (f_k - f)^2)
// so that where the members disagree the ensemble says so. A member without a standard error of its own takes part
// with its out-of-fold error everywhere.
import type { FittedSurrogate, Mixtures, SurrogateState } from '../surrogate.js';

export interface EnsembleMember {
  readonly fitted: FittedSurrogate;
  /** Share of the ensemble, > 0. */
  readonly weight: number;
  /** Its out-of-fold root mean squared error, which stands in for a standard error. */
  readonly rmse: number;
}

export interface EnsembleState {
  readonly members: readonly { name: string; weight: number; rmse: number; state: SurrogateState }[];
  readonly residual: number;
}

/** Mean and standard error of the mixture of K predictions of n rows. */
export function combinePredictions(
  weights: ArrayLike<number>,
  means: readonly Float64Array[],
  errors: readonly (Float64Array | number)[],
): { mean: Float64Array; errors: Float64Array } {
  const n = means[0]!.length;
  const mean = combineMeans(weights, means);
  const spread = new Float64Array(n);
  means.forEach((member, k) => {
    const error = errors[k]!;
    for (let r = 0; r < n; r++) {
      const own = typeof error === 'number' ? error : error[r]!;
      const off = member[r]! - mean[r]!;
      spread[r] = spread[r]! + weights[k]! * (own * own + off * off);
    }
  });
  return { mean, errors: spread.map(Math.sqrt) };
}

export function combineMeans(weights: ArrayLike<number>, means: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(means[0]!.length);
  means.forEach((member, k) => {
    for (let r = 0; r < out.length; r++) out[r] = out[r]! + weights[k]! * member[r]!;
  });
  return out;
}

/** @param residual root mean squared error on the rows fitted */
export function ensembleOf(members: readonly EnsembleMember[], residual: number): FittedSurrogate {
  const weights = members.map(({ weight }) => weight);
  const stuck = members.filter(({ fitted }) => !fitted.converged);
  const predict = (mixtures: Mixtures): Float64Array =>
    combineMeans(
      weights,
      members.map(({ fitted }) => fitted.predict(mixtures)),
    );
  return {
    name: 'auto',
    converged: stuck.length === 0,
    reason:
      stuck.length === 0
        ? 'every member converged'
        : stuck.map(({ fitted }) => `${fitted.name}: ${fitted.reason}`).join('; '),
    iterations: members.reduce((sum, { fitted }) => sum + fitted.iterations, 0),
    residual,
    predict,
    standardErrors: (mixtures) =>
      combinePredictions(
        weights,
        members.map(({ fitted }) => fitted.predict(mixtures)),
        members.map(({ fitted, rmse }) => fitted.standardErrors(mixtures) ?? rmse),
      ).errors,
    describe: () => ({
      members: members.map(({ fitted, weight }) => ({ model: fitted.name, weight, ...fitted.describe() })),
    }),
    state: (): SurrogateState => ({
      members: members.map(({ fitted, weight, rmse }) => ({ name: fitted.name, weight, rmse, state: fitted.state() })),
      residual,
    }),
  };
}

/** @param restore rebuilds one member from its name and state */
export function restoreEnsemble(
  state: SurrogateState,
  restore: (name: string, state: SurrogateState) => FittedSurrogate,
): FittedSurrogate {
  const { members, residual } = state as unknown as EnsembleState;
  return ensembleOf(
    members.map(({ name, weight, rmse, state: own }) => ({ fitted: restore(name, own), weight, rmse })),
    residual,
  );
}
