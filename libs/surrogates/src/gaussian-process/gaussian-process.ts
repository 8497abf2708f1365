// Gaussian process with one Matern-5/2 length scale per domain on powers of the weights.
//   w  a mixture of m weights;  x = w^power, coordinate by coordinate, with power 1/2 or 1/3
//   f  ~ GP(mu, s2 Matern52(|x - x'| / l)), y = f(x) + noise of variance v; y the standardised loss or its logarithm
// Whether the loss or its logarithm, and which power, is decided by marginal likelihood.
// Reference: Rasmussen and Williams 2006, chapters 2 and 5.
// Cost: a step of learning is cubic in the rows, so length scales are learnt on at most LEARNING_ROWS of them and
// predictions condition on at most maxRows. Failure modes: far from all rows the prediction returns to the mean, with
// the standard error of the prior; a loss with jumps is smoothed.
import { InvalidInputError } from '#libs/simplex';
import { checkRows, readParameters } from '../check-rows.js';
import { scorePredictions } from '../scores.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateParameters, SurrogateState } from '../surrogate.js';
import { coveringRows, sampleRows } from './choose-rows.js';
import { coordinatesOf } from './coordinates.js';
import { describeFit, restoreGaussianProcess, type SavedState, type Summary } from './fitted.js';
import { allPositive, chooseGeometry, type Geometry, learn, TOLERANCE } from './learn.js';
import { condition, Posterior } from './posterior.js';
import { targetScale, toStandard } from './target-scale.js';

/** Rows on which hyper-parameters are learnt at most. */
const LEARNING_ROWS = 768;

const parameters = {
  logLoss: {
    default: null,
    min: 0,
    max: 1,
    integer: true,
    meaning: '1 models the logarithm of the loss, 0 the loss; by default whichever is likelier, where all are positive',
  },
  power: {
    default: null,
    above: 0,
    max: 1,
    meaning: 'power of the weights that makes the coordinates; by default the likelier of 1/3 and 1/2',
  },
  maxIterations: {
    default: 200,
    min: 0,
    max: 10_000,
    integer: true,
    meaning: 'most steps when learning length scales',
  },
  minNoise: {
    default: 1e-6,
    min: 1e-10,
    max: 10,
    meaning: 'least noise variance, as a share of the variance of the target',
  },
  maxRows: {
    default: 2048,
    min: 16,
    max: 4096,
    integer: true,
    meaning: 'most rows that predictions condition on; of more, those that cover the design',
  },
} as const;

function fitGaussianProcess(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  given?: SurrogateParameters,
  warmStart?: SurrogateState,
): FittedSurrogate {
  const m = checkRows(mixtures, losses, 2);
  const read = readParameters(parameters, given);
  requirePositive(losses, read.logLoss);
  const n = mixtures.length;
  const settings = { maxIterations: read.maxIterations!, minNoise: read.minNoise! };
  const fixed = { logLoss: read.logLoss === null ? null : read.logLoss === 1, power: read.power };
  const learningRows = sampleRows(n, LEARNING_ROWS);
  const learnFrom = (start: Geometry & { readonly theta: Float64Array }, tolerance: number) =>
    learn(mixtures, losses, learningRows, start, { ...settings, tolerance, start: start.theta });
  const warm = startFrom(warmStart, m, losses, fixed);
  const warmed = warm && learnFrom(warm, TOLERANCE.coarse);
  // A start at which these rows have no likelihood is no start.
  const learnt = Number.isFinite(warmed?.evidence)
    ? warmed!
    : learnFrom(chooseGeometry(mixtures, losses, fixed, settings), TOLERANCE.fine);

  const target = targetScale(losses, learnt.logLoss);
  const theta = learnt.theta.slice();
  const rows = rowsToConditionOn(mixtures, learnt, theta, read.maxRows!);
  const coordinates = coordinatesOf(mixtures, rows, learnt.power);
  const y = toStandard(
    target,
    Float64Array.from(rows, (row) => losses[row]!),
  );
  let state = condition(coordinates, y, theta);
  // Coinciding rows with hardly any noise: the noise grows until the covariance can be factorised.
  while (!state) {
    theta[m + 1] = theta[m + 1]! + Math.LN10;
    state = condition(coordinates, y, theta);
  }
  const limits = [
    learningRows.length < n ? `length scales learnt on ${learningRows.length} rows drawn from ${n}` : '',
    rows.length < n ? `predictions condition on ${rows.length} rows that cover the design` : '',
  ].filter((limit) => limit !== '');
  const summary: Summary = {
    rows: rows.length,
    rowsLearntOn: learningRows.length,
    converged: learnt.converged,
    reason: [learnt.reason, ...limits].join('; '),
    iterations: learnt.iterations,
    logMarginalLikelihood: learnt.logLikelihood,
    settings: { ...settings, maxRows: read.maxRows! },
  };
  return describeFit(
    new Posterior(state),
    target,
    learnt.power,
    summary,
    (predict) => scorePredictions(predict(mixtures), losses).rmse,
  );
}

/** Throws OUT_OF_RANGE when the logarithm is asked for and does not exist. */
function requirePositive(losses: ArrayLike<number>, logLoss: number | null): void {
  const bad = logLoss === 1 ? Array.prototype.findIndex.call(losses, (loss: number) => !(loss > 0)) : -1;
  if (bad < 0) return;
  throw new InvalidInputError('OUT_OF_RANGE', `logLoss 1 needs positive losses; losses[${bad}] is ${losses[bad]}`, {
    argument: `losses[${bad}]`,
    value: losses[bad],
    allowed: '(0, inf) with logLoss 1',
  });
}

/** Rows that cover the design in the metric of the length scales; all of them where they are few. */
function rowsToConditionOn(
  mixtures: Mixtures,
  { power }: Geometry,
  theta: Float64Array,
  maxRows: number,
): readonly number[] {
  const n = mixtures.length;
  const all = Array.from({ length: n }, (_, row) => row);
  if (n <= maxRows) return all;
  const coordinates = coordinatesOf(mixtures, all, power);
  for (let d = 0; d < theta.length - 2; d++) {
    const inverse = 1 / Math.exp(theta[d]!);
    for (let i = 0; i < n; i++) coordinates[d * n + i] = coordinates[d * n + i]! * inverse;
  }
  return coveringRows(coordinates, n, maxRows);
}

/** Geometry and start of a fit on similar rows, where they suit these. */
function startFrom(
  warmStart: SurrogateState | undefined,
  m: number,
  losses: ArrayLike<number>,
  fixed: { readonly logLoss: boolean | null; readonly power: number | null },
): (Geometry & { readonly theta: Float64Array }) | null {
  if (!warmStart) return null;
  const { theta, power, target } = warmStart as unknown as SavedState;
  if (theta?.length !== m + 2) return null;
  if (fixed.logLoss !== null && target.logLoss !== fixed.logLoss) return null;
  if (fixed.power !== null && power !== fixed.power) return null;
  if (target.logLoss && !allPositive(losses)) return null;
  return { logLoss: target.logLoss, power, theta: Float64Array.from(theta) };
}

export const gp: Surrogate = {
  name: 'gp',
  summary: 'Gaussian process on powers of the weights, one length scale per domain',
  parameters,
  fit: fitGaussianProcess,
  restore: restoreGaussianProcess,
};
