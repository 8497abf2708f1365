// Ridge regression of loss on domain weights.
//   X  n x m weights, y  n losses, Xc and yc the same minus their column means
//   w  minimises |yc - Xc w|^2 + lambda |w|^2, solved as (Xc'Xc + lambda I) w = Xc'yc; intercept = mean(y) - mean(X) w
// The intercept is not penalised. Weights sum to 1, so Xc is rank deficient and lambda must be positive: it picks,
// among the equivalent solutions, the one of least norm. Failure mode: none for lambda > 0 beyond poor fit (a linear
// law puts the optimum in a corner of the simplex).
import { InvalidInputError } from '#libs/simplex';
import { checkMixtures, checkRows, readParameters } from './check-rows.js';
import { solveCholesky } from './cholesky.js';
import { scorePredictions } from './scores.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateParameters } from './surrogate.js';

const parameters = {
  lambda: { default: 1e-3, above: 0, meaning: 'penalty on the squared coefficients' },
} as const;

function fitRidge(mixtures: Mixtures, losses: ArrayLike<number>, given?: SurrogateParameters): FittedSurrogate {
  const m = checkRows(mixtures, losses, 1);
  const lambda = readParameters(parameters, given).lambda!;
  const n = mixtures.length;
  const means = new Float64Array(m);
  let lossMean = 0;
  for (let r = 0; r < n; r++) {
    for (let i = 0; i < m; i++) means[i] = means[i]! + mixtures[r]![i]! / n;
    lossMean += losses[r]! / n;
  }
  const gram = new Float64Array(m * m);
  const right = new Float64Array(m);
  const centred = new Float64Array(m);
  for (let r = 0; r < n; r++) {
    for (let i = 0; i < m; i++) centred[i] = mixtures[r]![i]! - means[i]!;
    const residual = losses[r]! - lossMean;
    for (let i = 0; i < m; i++) {
      right[i] = right[i]! + centred[i]! * residual;
      for (let j = 0; j <= i; j++) gram[i * m + j] = gram[i * m + j]! + centred[i]! * centred[j]!;
    }
  }
  for (let i = 0; i < m; i++) gram[i * m + i] = gram[i * m + i]! + lambda;
  const coefficients = solveCholesky(gram, right);
  if (!coefficients) {
    throw new InvalidInputError('OUT_OF_RANGE', `lambda ${lambda} is too small for these mixtures in floating point`, {
      argument: 'lambda',
      value: lambda,
      allowed: '(0, inf), about 1e-12 times the largest squared weight or more',
    });
  }
  let intercept = lossMean;
  for (let i = 0; i < m; i++) intercept -= means[i]! * coefficients[i]!;

  const predict = (rows: Mixtures): Float64Array => {
    checkMixtures(rows, m);
    return Float64Array.from(rows, (row) => {
      let sum = intercept;
      for (let i = 0; i < m; i++) sum += row[i]! * coefficients[i]!;
      return sum;
    });
  };
  return {
    name: 'linear',
    converged: true,
    reason: 'solved in closed form',
    iterations: 1,
    residual: scorePredictions(predict(mixtures), losses).rmse,
    predict,
    describe: () => ({ lambda, intercept, coefficients: Array.from(coefficients) }),
  };
}

export const linear: Surrogate = {
  name: 'linear',
  summary: 'ridge regression on the weights',
  parameters,
  fit: fitRidge,
};
