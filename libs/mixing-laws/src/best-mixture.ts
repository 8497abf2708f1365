// The mixture of least predicted loss, for any law, inside per-domain bounds.
//   h        m weights, lower_i <= h_i <= upper_i, Σ h_i = 1
//   step     projected gradient: h ← P(h − η g), P the Euclidean projection onto the bounded simplex, η halved until
//            the value falls enough (Armijo) and doubled after a success
//   g        central differences along each weight: laws are smooth functions of the weights one by one
// Failure modes: a local minimum where the law is not convex (several starts: uniform, the sampled mixtures that are
// predicted best, each domain favoured); a law may be wrong far from the sampled mixtures: see `distance`.
import { InvalidInputError, nearestMixture, projectEuclideanOntoBox, requireNumber } from '#libs/simplex';
import type { Mixtures } from '#libs/surrogates';

export interface BestMixtureOptions {
  /** Least and largest weight of each domain; [0, 1] when left out. */
  readonly lower?: ArrayLike<number>;
  readonly upper?: ArrayLike<number>;
  /** Mixtures that were trained: starts, and what `distance` is measured from. */
  readonly sampled: Mixtures;
  /** Default 300. */
  readonly maxIterations?: number;
}

export interface BestMixture {
  readonly weights: number[];
  readonly value: number;
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
  /** Starts that ended within 0.1% of the value of the best: the more, the surer. */
  readonly agreeing: number;
  readonly starts: number;
  /** Total variation to the nearest sampled mixture. */
  readonly distance: number;
}

const STEP = 1e-5;
const SAMPLED_STARTS = 3;

function checkBounds(m: number, lower: Float64Array, upper: Float64Array): void {
  let least = 0;
  let most = 0;
  for (let i = 0; i < m; i++) {
    requireNumber(`lower[${i}]`, lower[i]!, { min: 0, max: 1 });
    requireNumber(`upper[${i}]`, upper[i]!, { min: lower[i]!, max: 1 });
    least += lower[i]!;
    most += upper[i]!;
  }
  if (least > 1 + 1e-9 || most < 1 - 1e-9) {
    const found = `the least weights sum to ${least.toFixed(4)}, the largest to ${most.toFixed(4)}`;
    throw new InvalidInputError('BOUNDS_INFEASIBLE', `no mixture satisfies the bounds: ${found}; 1 must lie between`, {
      argument: least > 1 ? 'lower' : 'upper',
      allowed: 'Σ lower <= 1 <= Σ upper',
    });
  }
}

/**
 * Minimises a law's predicted loss over mixtures. `predict` gives one value per mixture and is called with batches.
 * Throws InvalidInputError BOUNDS_INFEASIBLE, OUT_OF_RANGE.
 */
export function findBestMixture(
  predict: (mixtures: Mixtures) => ArrayLike<number>,
  options: BestMixtureOptions,
): BestMixture {
  const { sampled } = options;
  const m = sampled[0]!.length;
  const lower = Float64Array.from({ length: m }, (_, i) => options.lower?.[i] ?? 0);
  const upper = Float64Array.from({ length: m }, (_, i) => options.upper?.[i] ?? 1);
  checkBounds(m, lower, upper);
  const maxIterations = requireNumber('maxIterations', options.maxIterations ?? 300, { min: 1, integer: true });

  const gradientAt = (h: Float64Array) => {
    const around: Float64Array[] = [];
    const spans = new Float64Array(m);
    for (let i = 0; i < m; i++) {
      const up = Float64Array.from(h);
      const down = Float64Array.from(h);
      up[i] = Math.min(1, h[i]! + STEP);
      down[i] = Math.max(0, h[i]! - STEP);
      spans[i] = up[i]! - down[i]!;
      around.push(up, down);
    }
    const values = predict(around);
    return spans.map((span, i) => (values[2 * i]! - values[2 * i + 1]!) / span);
  };
  const project = (point: ArrayLike<number>) => projectEuclideanOntoBox(point, lower, upper, new Float64Array(m));
  const descend = (start: ArrayLike<number>) => {
    let h = project(start);
    let value = predict([h])[0]!;
    let eta = 0.1;
    for (let k = 1; k <= maxIterations; k++) {
      const gradient = gradientAt(h);
      let moved = false;
      for (let half = 0; half < 40; half++, eta /= 2) {
        const next = project(h.map((w, i) => w - eta * gradient[i]!));
        let slope = 0;
        for (let i = 0; i < m; i++) slope += gradient[i]! * (next[i]! - h[i]!);
        if (slope > -1e-14) break;
        const nextValue = predict([next])[0]!;
        if (nextValue <= value + 1e-4 * slope) {
          moved = value - nextValue > 1e-10 * Math.abs(value);
          h = next;
          value = nextValue;
          break;
        }
      }
      if (!moved) return { h, value, converged: true, iterations: k };
      eta *= 2;
    }
    return { h, value, converged: false, iterations: maxIterations };
  };

  const predicted = predict(sampled);
  const order = sampled.map((_, u) => u).sort((a, b) => predicted[a]! - predicted[b]! || a - b);
  const starts: ArrayLike<number>[] = [
    new Float64Array(m).fill(1 / m),
    ...order.slice(0, SAMPLED_STARTS).map((u) => sampled[u]!),
    ...Array.from({ length: m }, (_, i) => Float64Array.from({ length: m }, (_, j) => (i === j ? 0.8 : 0.2 / (m - 1)))),
  ];
  const ends = starts.map(descend);
  let best = ends[0]!;
  for (const end of ends) if (end.value < best.value) best = end;
  const weights = Array.from(best.h);
  return {
    weights,
    value: best.value,
    converged: best.converged,
    reason: best.converged ? 'no step lowers the predicted loss' : `stopped after ${maxIterations} iterations`,
    iterations: ends.reduce((sum, end) => sum + end.iterations, 0),
    agreeing: ends.filter(({ value }) => value <= best.value + 1e-3 * Math.abs(best.value)).length,
    starts: ends.length,
    distance: nearestMixture(weights, sampled).distance,
  };
}
