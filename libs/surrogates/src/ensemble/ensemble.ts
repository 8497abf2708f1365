// A blend of fitted surrogates as a surrogate. A member without a standard error of its own takes part with its
// out-of-fold error everywhere.
import type { FittedSurrogate, Mixtures, SurrogateState } from '../surrogate.js';
import { type Blend, blendMeans, blendPredictions } from './blend.js';

export interface EnsembleMember {
  readonly fitted: FittedSurrogate;
  /** Its out-of-fold root mean squared error, which stands in for a standard error. */
  readonly rmse: number;
}

export interface EnsembleState {
  readonly members: readonly { name: string; weight: number; rmse: number; state: SurrogateState }[];
  /** Absent from fits that were kept before members were bounded, and null where the reach is infinite. */
  readonly best?: number;
  readonly reach?: number | null;
  readonly residual: number;
}

/** @param residual root mean squared error on the rows fitted */
export function ensembleOf(members: readonly EnsembleMember[], blend: Blend, residual: number): FittedSurrogate {
  const stuck = members.filter(({ fitted }) => !fitted.converged);
  const predict = (mixtures: Mixtures): Float64Array =>
    blendMeans(
      blend,
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
      blendPredictions(
        blend,
        members.map(({ fitted }) => fitted.predict(mixtures)),
        members.map(({ fitted, rmse }) => fitted.standardErrors(mixtures) ?? rmse),
      ).errors,
    describe: () => ({
      members: members.map(({ fitted }, k) => ({
        model: fitted.name,
        weight: blend.weights[k]!,
        ...fitted.describe(),
      })),
      best: members[blend.best]!.fitted.name,
      reach: blend.reach,
    }),
    state: (): SurrogateState => ({
      members: members.map(({ fitted, rmse }, k) => ({
        name: fitted.name,
        weight: blend.weights[k]!,
        rmse,
        state: fitted.state(),
      })),
      best: blend.best,
      reach: blend.reach,
      residual,
    }),
  };
}

/** @param restore rebuilds one member from its name and state */
export function restoreEnsemble(
  state: SurrogateState,
  restore: (name: string, state: SurrogateState) => FittedSurrogate,
): FittedSurrogate {
  const { members, best, reach, residual } = state as unknown as EnsembleState;
  const weights = members.map(({ weight }) => weight);
  return ensembleOf(
    members.map(({ name, rmse, state: own }) => ({ fitted: restore(name, own), rmse })),
    { weights, best: best ?? weights.indexOf(Math.max(...weights)), reach: reach ?? Infinity },
    residual,
  );
}
