// Gaussian process with one Matern-5/2 length scale per domain on powers of the weights.
//   w  a mixture of m weights;  x = w^power, coordinate by coordinate, with power 1/2 or 1/3
//   f  ~ GP(mu, s2 Matern52(|x - x'| / l)), y = f(x) + noise of variance v; y the standardised loss or its logarithm
// Whether the loss or its logarithm, and which power, is decided by marginal likelihood.
// Reference: Rasmussen and Williams 2006, chapters 2 and 5.
// Cost: a step of learning is cubic in the rows, so length scales are learnt on at most LEARNING_ROWS of them and
// predictions condition on at most maxRows. Failure modes: far from all rows the prediction returns to the mean, with
// the standard error of the prior; a loss with jumps is smoothed. Rows that no surface explains are set aside.
import { InvalidInputError } from '#libs/simplex';
import { checkRows, readParameters } from '../check-rows.js';
import { scorePredictions } from '../scores.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateParameters, SurrogateState } from '../surrogate.js';
import { coveringRows, sampleRows } from './choose-rows.js';
import { coordinatesOf } from './coordinates.js';
import { describeFit, restoreGaussianProcess, type Summary } from './fitted.js';
import { chooseGeometry, type Geometry, learn, TOLERANCE } from './learn.js';
import { leaveOneOutErrors, outlyingRows } from './outlying-rows.js';
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
  outlierLimit: {
    default: 3,
    min: 2,
    meaning: 'rows whose leave-one-out error exceeds this many robust standard deviations are set aside',
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
  const drawn = sampleRows(n, LEARNING_ROWS);
  const learnFrom = (rows: readonly number[], start: Start, tolerance: number) =>
    learn(mixtures, losses, rows, start, { ...settings, tolerance, start: start.theta });
  const first = learnFrom(drawn, chooseGeometry(mixtures, losses, fixed, settings), TOLERANCE.coarse);
  const aside = setAside(mixtures, losses, drawn, first, read.outlierLimit!);
  const learningRows = drawn.filter((row) => !aside.has(row));
  // Neither the geometry nor a start is taken from a fit on similar rows: hyper-parameters that have seen the rows held
  // out stay near what explains them. That there is one asks for less accuracy.
  const tolerance = warmStart ? TOLERANCE.coarse : TOLERANCE.fine;
  const learnt = warmStart && aside.size === 0 ? first : learnFrom(learningRows, first, tolerance);

  const lossesOf = (rows: readonly number[]) => Float64Array.from(rows, (row) => losses[row]!);
  // The scale that the variances were learnt in.
  const target = targetScale(lossesOf(learningRows), learnt.logLoss);
  const theta = learnt.theta.slice();
  const kept = Array.from({ length: n }, (_, row) => row).filter((row) => !aside.has(row));
  const rows = rowsToConditionOn(mixtures, kept, learnt, read.maxRows!);
  const coordinates = coordinatesOf(mixtures, rows, learnt.power);
  const y = toStandard(target, lossesOf(rows));
  let state = condition(coordinates, y, theta);
  // Coinciding rows with hardly any noise: the noise grows until the covariance can be factorised.
  while (!state) {
    theta[m + 1] = theta[m + 1]! + Math.LN10;
    state = condition(coordinates, y, theta);
  }
  const limits = [
    aside.size > 0 ? `${aside.size} ${aside.size === 1 ? 'row' : 'rows'} set aside as outlying` : '',
    drawn.length < n ? `length scales learnt on ${drawn.length} rows drawn from ${n}` : '',
    rows.length + aside.size < n ? `predictions condition on ${rows.length} rows that cover the design` : '',
  ].filter((limit) => limit !== '');
  const summary: Summary = {
    rows: rows.length,
    rowsLearntOn: learningRows.length,
    rowsSetAside: aside.size,
    converged: learnt.converged,
    reason: [learnt.reason, ...limits].join('; '),
    limits,
    iterations: learnt.iterations,
    logMarginalLikelihood: learnt.logLikelihood,
    settings: { ...settings, outlierLimit: read.outlierLimit!, maxRows: read.maxRows! },
  };
  return describeFit(
    new Posterior(state),
    target,
    learnt.power,
    summary,
    (predict) => scorePredictions(predict(mixtures), losses).rmse,
  );
}

type Start = Geometry & { readonly theta: Float64Array };

/** Rows, of those that were learnt on, that this first fit cannot explain. */
function setAside(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  rows: readonly number[],
  { logLoss, power, theta }: Start,
  limit: number,
): Set<number> {
  const chosen = Float64Array.from(rows, (row) => losses[row]!);
  const y = toStandard(targetScale(chosen, logLoss), chosen);
  const errors = leaveOneOutErrors(coordinatesOf(mixtures, rows, power), y, theta);
  return new Set(errors ? [...outlyingRows(errors, limit)].map((k) => rows[k]!) : []);
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
  kept: readonly number[],
  { power, theta }: Start,
  maxRows: number,
): readonly number[] {
  const n = kept.length;
  if (n <= maxRows) return kept;
  const coordinates = coordinatesOf(mixtures, kept, power);
  for (let d = 0; d < theta.length - 2; d++) {
    const inverse = 1 / Math.exp(theta[d]!);
    for (let i = 0; i < n; i++) coordinates[d * n + i] = coordinates[d * n + i]! * inverse;
  }
  return coveringRows(coordinates, n, maxRows).map((k) => kept[k]!);
}

export const gp: Surrogate = {
  name: 'gp',
  summary: 'Gaussian process on powers of the weights, one length scale per domain',
  parameters,
  fit: fitGaussianProcess,
  restore: restoreGaussianProcess,
};
