// Ridge regression of loss on domain weights.
//   X  n x m weights, y  n losses, Xc and yc the same minus their column means
//   w  minimises |yc - Xc w|^2 + lambda |w|^2, solved as (Xc'Xc + lambda I) w = Xc'yc; intercept = mean(y) - mean(X) w
//   sigma^2 = (|yc - Xc w|^2 + lambda |w|^2) / (n - 1), the noise variance under which the losses are likeliest when w is
//   drawn with variance sigma^2 / lambda
//   a new measurement at x has variance sigma^2 (1 + 1/n + d'(Xc'Xc + lambda I)^-1 d), d = x - mean(X)
// The intercept is not penalised. Weights sum to 1, so Xc is rank deficient and lambda must be positive: it picks,
// among the equivalent solutions, the one of least norm. Failure mode: none for lambda > 0 beyond poor fit (a linear
// law puts the optimum in a corner of the simplex).
import { solveCholesky } from '#libs/linear-algebra';
import { InvalidInputError } from '#libs/simplex';
import { checkMixtures, checkRows, readParameters } from './check-rows.js';
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
  // solveCholesky leaves in `gram`'s lower triangle the factor L of Xc'Xc + lambda I.
  let intercept = lossMean;
  let penalised = 0;
  for (let i = 0; i < m; i++) {
    intercept -= means[i]! * coefficients[i]!;
    penalised += lambda * coefficients[i]! * coefficients[i]!;
  }
  for (let r = 0; r < n; r++) {
    let error = losses[r]! - intercept;
    for (let i = 0; i < m; i++) error -= mixtures[r]![i]! * coefficients[i]!;
    penalised += error * error;
  }
  const plane: Plane = {
    lambda,
    rows: n,
    intercept,
    coefficients: Array.from(coefficients),
    means: Array.from(means),
    factor: Array.from({ length: m }, (_, i) => Array.from(gram.subarray(i * m, i * m + i + 1))).flat(),
    noiseVariance: n > 1 ? penalised / (n - 1) : null,
  };
  return describePlane(plane, (predict) => scorePredictions(predict(mixtures), losses).rmse);
}

/** A fitted plane; plain JSON. */
interface Plane {
  readonly lambda: number;
  readonly rows: number;
  readonly intercept: number;
  readonly coefficients: readonly number[];
  /** Mean weights of the rows fitted on. */
  readonly means: readonly number[];
  /** Lower triangle of L, row after row. */
  readonly factor: readonly number[];
  /** sigma^2; null with one row, which says nothing about noise. */
  readonly noiseVariance: number | null;
}

function describePlane(
  plane: Plane,
  residualOf: (predict: (rows: Mixtures) => Float64Array) => number,
): FittedSurrogate {
  const { lambda, intercept, coefficients, noiseVariance } = plane;
  const m = coefficients.length;
  const predict = (rows: Mixtures): Float64Array => {
    checkMixtures(rows, m);
    return Float64Array.from(rows, (row) => {
      let sum = intercept;
      for (let i = 0; i < m; i++) sum += row[i]! * coefficients[i]!;
      return sum;
    });
  };
  const residual = residualOf(predict);
  return {
    name: 'linear',
    converged: true,
    reason: 'solved in closed form',
    iterations: 1,
    residual,
    predict,
    standardErrors(rows) {
      checkMixtures(rows, m);
      if (noiseVariance === null) return null;
      return Float64Array.from(rows, (row) => Math.sqrt(noiseVariance * (1 + spread(plane, row))));
    },
    describe: () => ({ lambda, intercept, coefficients: [...coefficients] }),
    state: () => ({ ...plane, residual }),
  };
}

/** 1/n + d'(Xc'Xc + lambda I)^-1 d with d the row minus the means: |L^-1 d|^2 by forward substitution. */
function spread({ rows, means, factor }: Plane, row: ArrayLike<number>): number {
  const m = means.length;
  const z = new Float64Array(m);
  let sum = 1 / rows;
  for (let i = 0, at = 0; i < m; i++, at += i) {
    let value = row[i]! - means[i]!;
    for (let j = 0; j < i; j++) value -= factor[at + j]! * z[j]!;
    z[i] = value / factor[at + i]!;
    sum += z[i]! * z[i]!;
  }
  return sum;
}

export const linear: Surrogate = {
  name: 'linear',
  summary: 'ridge regression on the weights',
  parameters,
  fit: fitRidge,
  restore(state) {
    const { residual, ...plane } = state as unknown as Plane & { residual: number };
    return describePlane(plane, () => residual);
  },
};
