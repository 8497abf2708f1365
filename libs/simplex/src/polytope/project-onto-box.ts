// Projections onto the mixtures inside a box, { p : sum p = total, lower <= p <= upper }.
//   KL         argmin sum p_i log(p_i / q_i):  p_i = clamp(c q_i, lower_i, upper_i) for the one c that gives the sum
//   Euclidean  argmin |p - q|:                 p_i = clamp(q_i + c, lower_i, upper_i)
// Both sums are non-decreasing and piecewise linear in c: Newton steps inside a bracket find c in a few passes.
// A domain with q_i = 0 cannot grow by scaling. Where the others cannot take all the weight, such domains share what
// is left in proportion to their room. Requires sum lower <= total <= sum upper.

const PASSES = 200;

/** Writes the KL projection of `q` >= 0 into `out` and returns it. */
export function projectKlOntoBox(
  q: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  out: Float64Array,
  total = 1,
): Float64Array {
  let most = 0;
  let zeroRoom = 0;
  for (let i = 0; i < out.length; i++) {
    most += q[i]! > 0 ? upper[i]! : lower[i]!;
    if (!(q[i]! > 0)) zeroRoom += upper[i]! - lower[i]!;
  }
  if (most <= total) {
    const share = zeroRoom > 0 ? Math.min(1, (total - most) / zeroRoom) : 0;
    for (let i = 0; i < out.length; i++) {
      out[i] = q[i]! > 0 ? upper[i]! : lower[i]! + share * (upper[i]! - lower[i]!);
    }
    return out;
  }
  let [low, high] = [0, Infinity];
  let c = 1;
  for (let pass = 0; pass < PASSES; pass++) {
    let [sum, slope] = [0, 0];
    for (let i = 0; i < out.length; i++) {
      const scaled = c * q[i]!;
      if (scaled <= lower[i]!) out[i] = lower[i]!;
      else if (scaled >= upper[i]!) out[i] = upper[i]!;
      else {
        out[i] = scaled;
        slope += q[i]!;
      }
      sum += out[i]!;
    }
    const gap = total - sum;
    if (Math.abs(gap) <= 1e-15) break;
    if (gap > 0) low = c;
    else high = c;
    const next = slope > 0 ? c + gap / slope : Number.NaN;
    const middle = high === Infinity ? 4 * Math.max(c, 1e-300) : low > 0 ? Math.sqrt(low) * Math.sqrt(high) : high / 4;
    const chosen = next > low && next < high ? next : middle;
    if (chosen === c) break;
    c = chosen;
  }
  return out;
}

/** Writes the Euclidean projection of `q` into `out` and returns it. */
export function projectEuclideanOntoBox(
  q: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  out: Float64Array,
  total = 1,
): Float64Array {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < out.length; i++) {
    low = Math.min(low, lower[i]! - q[i]!);
    high = Math.max(high, upper[i]! - q[i]!);
  }
  let c = Math.min(Math.max(0, low), high);
  for (let pass = 0; pass < PASSES; pass++) {
    let [sum, free] = [0, 0];
    for (let i = 0; i < out.length; i++) {
      const moved = q[i]! + c;
      if (moved <= lower[i]!) out[i] = lower[i]!;
      else if (moved >= upper[i]!) out[i] = upper[i]!;
      else {
        out[i] = moved;
        free += 1;
      }
      sum += out[i]!;
    }
    const gap = total - sum;
    if (Math.abs(gap) <= 1e-15) break;
    if (gap > 0) low = c;
    else high = c;
    const next = free > 0 ? c + gap / free : Number.NaN;
    const chosen = next > low && next < high ? next : (low + high) / 2;
    if (chosen === c) break;
    c = chosen;
  }
  return out;
}
