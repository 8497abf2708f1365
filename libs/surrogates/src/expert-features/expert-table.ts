// Mixture-of-data-experts features.
//   P  T x m: probability that the expert of domain j (a model trained on that domain alone) gives token, or chunk, t
//   f(lambda) = −mean_t log sum_j lambda_j P_tj: loss of the experts' mixture on the target's validation text, in nats
//   per row of P
// f is convex in lambda and needs m trained models but no run per mixture.
// Reference: "Mixtures of data experts" (arXiv 2502.15950); MixMin writes the same loss of the mixture of proxies.
// Failure modes: the mixture of experts is not the model trained on the mixture: it knows no transfer between
// domains, so that f ranks mixtures better than it predicts losses. Chunk probabilities make the mixture pick one
// expert per chunk: prefer tokens.
import { createRandom, InvalidInputError, requireNumber, sampleWithoutReplacement } from '#libs/simplex';

/** The experts' probabilities of one target's text. */
export interface ExpertTable {
  readonly domains: number;
  /** Rows of log-probabilities to base e, rounded to 1e-6: plain JSON, which a fitted surrogate carries along. */
  readonly logProbabilities: readonly (readonly number[])[];
}

export interface ExpertTableOptions {
  /** Rows kept, drawn at random without replacement from longer tables. Default 2048. */
  readonly mostRows?: number;
  /** Default 1. */
  readonly seed?: number;
}

/**
 * Checks log-probabilities (T rows, one column per domain in the order of the mixtures' domains) and keeps a sample of
 * long tables. A column may be −Infinity on rows where another is finite. Throws TOO_FEW_ROWS, SHAPE, NOT_FINITE or
 * OUT_OF_RANGE, naming row and column.
 */
export function readExpertTable(
  rows: readonly ArrayLike<number>[],
  domains: number,
  options: ExpertTableOptions = {},
): ExpertTable {
  const mostRows = requireNumber('mostRows', options.mostRows ?? 2048, { min: 1, integer: true });
  if (rows.length === 0) {
    throw new InvalidInputError('TOO_FEW_ROWS', 'the table of expert log-probabilities has no rows', {
      argument: 'rows',
      value: 0,
      allowed: '[1, inf) rows',
    });
  }
  rows.forEach((row, t) => {
    if (row.length !== domains) {
      throw new InvalidInputError('SHAPE', `rows[${t}] has ${row.length} log-probabilities; ${domains} are needed`, {
        argument: `rows[${t}]`,
        value: row.length,
        allowed: `${domains} values, one per domain`,
      });
    }
    for (let j = 0; j < domains; j++) {
      if (Number.isNaN(row[j]!) || row[j]! > 0) {
        throw new InvalidInputError(
          Number.isNaN(row[j]!) ? 'NOT_FINITE' : 'OUT_OF_RANGE',
          `rows[${t}][${j}] must be a log-probability; got ${row[j]}`,
          { argument: `rows[${t}][${j}]`, value: String(row[j]), allowed: '(-inf, 0]' },
        );
      }
    }
    if (!Array.from(row).some(Number.isFinite)) {
      throw new InvalidInputError('NOT_FINITE', `rows[${t}] has no finite log-probability`, {
        argument: `rows[${t}]`,
        allowed: 'at least one finite value',
      });
    }
  });
  const kept =
    rows.length <= mostRows
      ? rows
      : sampleWithoutReplacement(createRandom(options.seed ?? 1), rows.length, mostRows)
          .sort((a, b) => a - b)
          .map((t) => rows[t]!);
  return {
    domains,
    logProbabilities: kept.map((row) =>
      Array.from(row, (v) => Math.max(LEAST_LOG_PROBABILITY, Math.round(v * 1e6) / 1e6)),
    ),
  };
}

/** exp of this is 0 beside any other expert, and it is a number that JSON can hold. */
const LEAST_LOG_PROBABILITY = -1e4;
/** A mixture without any expert that has seen a token is as unlikely as this share of the best expert. */
const LEAST_SHARE = 1e-12;

/** f for any mixture: reads the table once. */
export function expertLoss(table: ExpertTable): (mixture: ArrayLike<number>) => number {
  const m = table.domains;
  const T = table.logProbabilities.length;
  const relative = new Float64Array(T * m);
  let best = 0;
  table.logProbabilities.forEach((row, t) => {
    let top = -Infinity;
    for (const v of row) top = Math.max(top, v);
    best += top / T;
    for (let j = 0; j < m; j++) relative[t * m + j] = Math.exp(row[j]! - top);
  });
  return (mixture) => {
    let sum = 0;
    for (let t = 0; t < T; t++) {
      let share = LEAST_SHARE;
      for (let j = 0; j < m; j++) share += mixture[j]! * relative[t * m + j]!;
      sum += Math.log(Math.max(share, LEAST_SHARE));
    }
    return -best - sum / T;
  };
}
