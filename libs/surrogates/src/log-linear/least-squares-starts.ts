// Starts of the log-linear fit. For a fixed floor c the law is a straight line in log(y − c): weighted ridge
// regression, with the weights (y − c)² that turn an error of the logarithm into one of the loss, gives a and t in
// closed form. One start per floor on a grid from just below the least loss to far below it (the two-domain recipe of
// the data-mixing-laws repository scans c in the same way).
import { solveCholesky } from '#libs/linear-algebra';
import type { LawData } from '../parametric/law-data.js';

/** Depths of the floor below the least loss, in ranges of the losses. */
const DEPTHS = [0.02, 0.1, 0.3, 1, 3, 10];

/**
 * @param features n rows of T terms
 * @param q their means
 * @param pull relative strength of the pull on (c, a, t): harder pulled terms are regularised harder here too
 */
export function leastSquaresStarts(
  data: LawData,
  features: readonly Float64Array[],
  q: Float64Array,
  pull: Float64Array,
  floor: { low: number; high: number },
): Float64Array[] {
  const range = Math.max(data.greatest - data.least, 1e-9 * data.spread);
  const floors = new Set(DEPTHS.map((depth) => Math.max(floor.low, Math.min(floor.high, data.least - depth * range))));
  return [...floors].map((c) => startAt(data, features, q, pull, c));
}

function startAt(
  data: LawData,
  features: readonly Float64Array[],
  q: Float64Array,
  pull: Float64Array,
  c: number,
): Float64Array {
  const { losses, spread } = data;
  const T = q.length;
  const size = T + 1;
  const gram = new Float64Array(size * size);
  const right = new Float64Array(size);
  const x = new Float64Array(size);
  features.forEach((row, r) => {
    const excess = Math.max(losses[r]! - c, 1e-9 * spread);
    const weight = (excess / spread) * (excess / spread);
    const target = Math.log(excess);
    x[0] = 1;
    for (let j = 0; j < T; j++) x[j + 1] = row[j]! - q[j]!;
    for (let i = 0; i < size; i++) {
      right[i] = right[i]! + weight * x[i]! * target;
      for (let j = 0; j <= i; j++) gram[i * size + j] = gram[i * size + j]! + weight * x[i]! * x[j]!;
    }
  });
  let trace = 0;
  for (let i = 0; i < size; i++) trace += gram[i * size + i]!;
  for (let i = 0; i < size; i++) gram[i * size + i] = gram[i * size + i]! + 1e-6 * trace * Math.max(1, pull[i + 1]!);
  const solved = solveCholesky(gram, right);
  const start = new Float64Array(T + 2);
  start[0] = c;
  if (solved) start.set(solved, 1);
  else start[1] = Math.log(Math.max(data.mean - c, 1e-9 * spread));
  return start;
}
