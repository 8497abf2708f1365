// The normal distribution, to double precision and with exponentials and square roots alone.
//   Phi(z)  below 3 standard deviations by its series, Phi = 1/2 + phi(z) (z + z^3/3 + z^5/(3·5) + …);
//           beyond by Laplace's continued fraction of the tail, 1 - Phi = phi(z) / (z + 1/(z + 2/(z + 3/(z + …))))
// Reference: Abramowitz and Stegun, 26.2.11 and 26.2.14.
// Failure mode: an interval so far in a tail that its probability underflows has the bound nearer to the mean as mean.

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);
const SERIES_UP_TO = 3;
const FRACTION_TERMS = 60;

/** Density of the standard normal. */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / ROOT_TWO_PI;
}

/** Probability that a standard normal is at most z; exact 0 and 1 at the infinities, NaN for NaN. */
export function normalCumulative(z: number): number {
  if (Math.abs(z) <= SERIES_UP_TO) return 0.5 + bulk(z);
  return z < 0 ? upperTail(-z) : 1 - upperTail(z);
}

function bulk(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return normalDensity(z) * sum;
}

function upperTail(z: number): number {
  if (z === Infinity) return 0;
  let fraction = z;
  for (let k = FRACTION_TERMS; k > 0; k--) fraction = z + k / fraction;
  return normalDensity(z) / fraction;
}

/** Mean of a normal variable known to lie in [lower, upper], either of which may be infinite; lower <= upper. */
export function truncatedNormalMean(mean: number, deviation: number, lower: number, upper: number): number {
  if (!(deviation > 0) || lower === upper) return Math.min(upper, Math.max(lower, mean));
  const a = (lower - mean) / deviation;
  const b = (upper - mean) / deviation;
  // Of two values in the upper tail the difference is taken there, where it loses no digits.
  const inside = a > 0 ? normalCumulative(-a) - normalCumulative(-b) : normalCumulative(b) - normalCumulative(a);
  const value = mean + (deviation * (normalDensity(a) - normalDensity(b))) / inside;
  if (!(inside > 0) || !Number.isFinite(value)) return Math.min(upper, Math.max(lower, mean));
  return Math.min(upper, Math.max(lower, value));
}
