// Weights of an ensemble from its members' out-of-fold errors.
//   E  n x K errors (prediction - loss), G = E'E / n, g_k = G_kk the mean squared error of member k
//   w  minimises w'Gw + shrinkage * min_k g_k * |w - w0|^2 over the simplex
//   w0 proportional to 1 / g_k, the best weights if the members' errors were uncorrelated
// Stacking (Wolpert 1992; Breiman 1996, non-negative weights) alone trusts whichever member won by a hair at the scale
// measured. The pull towards w0 keeps every member that is nearly as good: their errors differ, and differ again at a
// larger scale. Failure mode: none; members without any error of their own (G = 0) share the weight equally.

/** How strongly weights are pulled from the stacked to the inverse-error ones, in units of the best member's error. */
export const DEFAULT_SHRINKAGE = 1;

const STEPS = 5000;
/** A mean squared error this small against the largest is none. */
const NO_ERROR = 1e-20;

/**
 * @param errors K arrays of n out-of-fold errors
 * @param rows rows to use
 * @returns K weights >= 0 that sum to 1
 */
export function stackWeights(
  errors: readonly Float64Array[],
  rows: readonly number[],
  shrinkage = DEFAULT_SHRINKAGE,
): Float64Array {
  const k = errors.length;
  const products = errors.map((a) => errors.map((b) => rows.reduce((sum, r) => sum + a[r]! * b[r]!, 0)));
  const largest = products.reduce((most, row, i) => Math.max(most, row[i]!), 0);
  const own = products.map((row, i) => (largest > 0 ? row[i]! / largest : 0));
  const least = Math.min(...own);
  if (least < NO_ERROR) {
    const exact = own.filter((g) => g < NO_ERROR).length;
    return Float64Array.from(own, (g) => (g < NO_ERROR ? 1 / exact : 0));
  }
  const gram = products.map((row) => row.map((product) => product / largest));
  const inverse = own.map((g) => least / g);
  const total = inverse.reduce((a, b) => a + b, 0);
  const centre = inverse.map((g) => g / total);
  // Projected gradient on a strongly convex quadratic in K variables: the trace bounds its curvature.
  const pull = shrinkage * least;
  const step = 1 / (own.reduce((a, b) => a + b, 0) + pull);
  let weights: Float64Array = Float64Array.from(centre);
  for (let s = 0; s < STEPS; s++) {
    const moved = weights.map((w, i) => {
      let slope = pull * (w - centre[i]!);
      for (let j = 0; j < k; j++) slope += gram[i]![j]! * weights[j]!;
      return w - step * slope;
    });
    const next = projectToSimplex(moved);
    const change = next.reduce((most, w, i) => Math.max(most, Math.abs(w - weights[i]!)), 0);
    weights = next;
    if (change < 1e-12) break;
  }
  return weights;
}

/** The nearest point of the simplex in Euclidean distance. */
function projectToSimplex(point: Float64Array): Float64Array {
  const sorted = Float64Array.from(point).sort().reverse();
  let sum = 0;
  let shift = 0;
  sorted.forEach((value, i) => {
    sum += value;
    if (value - (sum - 1) / (i + 1) > 0) shift = (sum - 1) / (i + 1);
  });
  return point.map((value) => Math.max(0, value - shift));
}
