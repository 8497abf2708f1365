// A fitted Gaussian process as a surrogate, and its way to JSON and back. The factor of the covariance is not kept: it
// is computed again from the same numbers in the same order, so the same bits come out.
import { checkMixtures } from '../check-rows.js';
import type { FittedSurrogate, Mixtures, SurrogateState } from '../surrogate.js';
import { coordinateOf } from './coordinates.js';
import { Posterior, type PosteriorState } from './posterior.js';
import { type TargetScale, toLosses, toStandardErrors } from './target-scale.js';

/** How the fit went and on what it rests. */
export interface Summary {
  readonly rows: number;
  readonly rowsLearntOn: number;
  /** Outlying rows that it does not rest on. */
  readonly rowsSetAside: number;
  readonly converged: boolean;
  readonly reason: string;
  readonly limits: readonly string[];
  readonly iterations: number;
  readonly logMarginalLikelihood: number;
  readonly settings: Readonly<Record<string, number>>;
}

/** A fitted process as JSON. */
interface SavedState {
  readonly theta: readonly number[];
  readonly coordinates: readonly number[];
  readonly mean: number;
  readonly alpha: readonly number[];
  readonly ones: readonly number[];
  readonly precision: number;
  readonly target: TargetScale;
  readonly power: number;
  readonly summary: Summary;
  readonly residual: number;
}

export function describeFit(
  posterior: Posterior,
  target: TargetScale,
  power: number,
  summary: Summary,
  residualOf: (predict: (rows: Mixtures) => Float64Array) => number,
): FittedSurrogate {
  const { theta, coordinates, mean, alpha, ones, precision } = posterior.state;
  const m = theta.length - 2;
  const queries = (rows: Mixtures) =>
    rows.map((row) => Float64Array.from(row, (weight) => coordinateOf(weight, power)));
  const predict = (rows: Mixtures) => {
    checkMixtures(rows, m);
    return toLosses(target, posterior.means(queries(rows)));
  };
  const residual = residualOf(predict);
  return {
    name: 'gp',
    converged: summary.converged,
    reason: summary.reason,
    limits: summary.limits,
    iterations: summary.iterations,
    residual,
    predict,
    standardErrors(rows) {
      checkMixtures(rows, m);
      const { means, variances } = posterior.meansAndVariances(queries(rows));
      return toStandardErrors(target, means, variances);
    },
    describe: () => ({
      ...summary.settings,
      logLoss: target.logLoss ? 1 : 0,
      power,
      lengthScales: Array.from(theta.subarray(0, m), Math.exp),
      // In units of the loss, or of its logarithm when logLoss is 1.
      signalDeviation: target.scale * Math.exp(theta[m]! / 2),
      noiseDeviation: target.scale * Math.exp(theta[m + 1]! / 2),
      mean: target.shift + target.scale * mean,
      logMarginalLikelihood: summary.logMarginalLikelihood,
      rows: summary.rows,
      rowsLearntOn: summary.rowsLearntOn,
      rowsSetAside: summary.rowsSetAside,
    }),
    state: (): SurrogateState => ({
      theta: Array.from(theta),
      coordinates: Array.from(coordinates),
      mean,
      alpha: Array.from(alpha),
      ones: Array.from(ones),
      precision,
      target,
      power,
      summary,
      residual,
    }),
  };
}

/** Rebuilds the process: the same numbers give the same predictions, bit for bit. */
export function restoreGaussianProcess(state: SurrogateState): FittedSurrogate {
  const saved = state as unknown as SavedState;
  const restored: PosteriorState = {
    theta: Float64Array.from(saved.theta),
    coordinates: Float64Array.from(saved.coordinates),
    mean: saved.mean,
    alpha: Float64Array.from(saved.alpha),
    ones: Float64Array.from(saved.ones),
    precision: saved.precision,
  };
  return describeFit(new Posterior(restored), saved.target, saved.power, saved.summary, () => saved.residual);
}
