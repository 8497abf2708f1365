// Hyper-parameters by maximum a posteriori: L-BFGS on their logarithms, within bounds.
//   theta  [log l_1 … log l_m, log s2, log v], see marginal-likelihood.ts; the target has variance 1
// Weak log-normal priors: on the length scales, centred where a domain hardly matters, and on the noise, centred at a
// tenth of the variance. They keep a fit on few runs from explaining noise by domains or from taking itself for exact;
// with hundreds of runs the data outweigh them. Centres and widths were chosen by held-out likelihood on RegMix's
// training runs and ADMIRE's. Failure mode: the likelihood may have several maxima; the start decides which is found.
import { withWorkspace } from '#libs/linear-algebra';
import { type Minimum, minimise } from '#libs/minimise';
import { marginalLikelihood } from './marginal-likelihood.js';

const LENGTH = { lower: 0.05, upper: 20, start: 0.7, centre: 5, width: 1 };
const SIGNAL = { lower: 1e-3, upper: 1e3, start: 1 };
const NOISE = { upper: 10, start: 0.01, centre: 0.1, width: 1 };

export interface LearnOptions {
  readonly maxIterations: number;
  readonly minNoise: number;
  /** Of the log posterior, relative: where learning may stop. */
  readonly tolerance: number;
  readonly start?: ArrayLike<number>;
}

/** The default start: m length scales, signal variance and noise variance, as logarithms. */
function defaultStart(m: number): Float64Array {
  const start = new Float64Array(m + 2).fill(Math.log(LENGTH.start));
  start[m] = Math.log(SIGNAL.start);
  start[m + 1] = Math.log(NOISE.start);
  return start;
}

/** Log density of the priors up to a constant; adds its gradient. */
export function logPrior(theta: Float64Array, gradient: Float64Array): number {
  const m = theta.length - 2;
  let value = 0;
  const add = (at: number, { centre, width }: { centre: number; width: number }) => {
    const z = (theta[at]! - Math.log(centre)) / width;
    value -= 0.5 * z * z;
    gradient[at] = gradient[at]! - z / width;
  };
  for (let d = 0; d < m; d++) add(d, LENGTH);
  add(m + 1, NOISE);
  return value;
}

/** Learns theta from n targets y at m x n coordinates. The minimum's value is minus the log posterior. */
export function learnHyperParameters(coordinates: Float64Array, y: Float64Array, options: LearnOptions): Minimum {
  const m = coordinates.length / y.length;
  const box = (length: number, signal: number, noise: number) => {
    const bound = new Float64Array(m + 2).fill(Math.log(length));
    bound[m] = Math.log(signal);
    bound[m + 1] = Math.log(noise);
    return bound;
  };
  return withWorkspace((workspace) => {
    const likelihood = marginalLikelihood(workspace, coordinates, y);
    return minimise(
      (theta, gradient) => {
        const value = likelihood(theta, gradient) + logPrior(theta, gradient);
        for (let d = 0; d < gradient.length; d++) gradient[d] = -gradient[d]!;
        return -value;
      },
      options.start ?? defaultStart(m),
      {
        lower: box(LENGTH.lower, SIGNAL.lower, options.minNoise),
        upper: box(LENGTH.upper, SIGNAL.upper, Math.max(NOISE.upper, options.minNoise)),
        maxIterations: options.maxIterations,
        valueTolerance: options.tolerance,
        gradientTolerance: 1e-3,
      },
    );
  });
}
