// The two-domain shortcut: L(x) = c + exp(b + k x), x the weight of one domain.
// c is scanned over a grid in [0, min y); for each, ln(y − c) is regressed on x, and the c of the largest |correlation|
// is kept. Reference: Ye et al., "Data mixing laws" (2024), the two-domain fits.
// Failure modes: needs 3 distinct weights; losses that rise with x give k > 0, which is an answer, not an error.
import { InvalidInputError, requireNumber } from '#libs/simplex';

export interface TwoDomainLaw {
  /** c: the loss that no weight gets below. */
  readonly floor: number;
  /** k: change of ln(L − c) per unit of weight. */
  readonly slope: number;
  /** b: ln(L − c) at weight 0. */
  readonly intercept: number;
  /** Of ln(y − c) with x, in [−1, 1]. */
  readonly correlation: number;
  /** Root mean squared error on the rows. */
  readonly residual: number;
  predict(weight: number): number;
}

/** Values of c that are tried. */
const GRID = 1000;

/** Throws InvalidInputError SHAPE (unequal lengths), TOO_FEW_ROWS (below 3 distinct weights) or OUT_OF_RANGE (loss <= 0). */
export function fitTwoDomainLaw(weights: ArrayLike<number>, losses: ArrayLike<number>): TwoDomainLaw {
  const n = losses.length;
  if (weights.length !== n) {
    throw new InvalidInputError('SHAPE', `${weights.length} weights but ${n} losses`, { argument: 'weights' });
  }
  const x = Float64Array.from(weights);
  for (let r = 0; r < n; r++) {
    requireNumber(`weights[${r}]`, x[r]!, { min: 0, max: 1 });
    requireNumber(`losses[${r}]`, losses[r]!, { above: 0 });
  }
  const distinct = new Set(x).size;
  if (distinct < 3) {
    throw new InvalidInputError('TOO_FEW_ROWS', `the two-domain law needs 3 distinct weights; there are ${distinct}`, {
      argument: 'weights',
      value: distinct,
      allowed: 'at least 3',
    });
  }
  let least = losses[0]!;
  let meanX = 0;
  for (let r = 0; r < n; r++) {
    least = Math.min(least, losses[r]!);
    meanX += x[r]! / n;
  }
  let best = { floor: 0, slope: 0, intercept: 0, correlation: 0 };
  // The last grid point is min y itself, where the logarithm ends.
  for (let g = 0; g < GRID - 1; g++) {
    const floor = (least * g) / (GRID - 1);
    const logs = Float64Array.from(losses, (loss) => Math.log(loss - floor));
    let mean = 0;
    for (const log of logs) mean += log / n;
    let [xx, xy, yy] = [0, 0, 0];
    for (let r = 0; r < n; r++) {
      const dx = x[r]! - meanX;
      const dy = logs[r]! - mean;
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
    }
    const correlation = yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
    if (g === 0 || Math.abs(correlation) > Math.abs(best.correlation)) {
      best = { floor, slope: xy / xx, intercept: mean - (xy / xx) * meanX, correlation };
    }
  }
  const { floor, slope, intercept, correlation } = best;
  const predict = (weight: number) => floor + Math.exp(intercept + slope * weight);
  let squares = 0;
  for (let r = 0; r < n; r++) squares += (predict(x[r]!) - losses[r]!) ** 2 / n;
  return { floor, slope, intercept, correlation, residual: Math.sqrt(squares), predict };
}
