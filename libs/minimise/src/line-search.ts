// Weak Wolfe line search by bracketing (Lewis and Overton 2013), with quadratic interpolation kept inside the bracket.
//   phi(a) = f(x + a d), slope = phi'(0) < 0
// Reference for the test near the minimum: Hager and Zhang 2005.
//   accept a when  phi(a) <= phi(0) + 1e-4 a slope  and  phi'(a) >= 0.9 slope  (or a is the longest step allowed)
// A value that is NaN or infinite counts as too high, so that the search backs away from it.
import type { Box } from './box.js';
import type { Objective } from './objective.js';

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const MOST_EVALUATIONS = 60;

export interface LineResult {
  readonly found: boolean;
  readonly step: number;
  /** Value at the point left in `trial`, when found. */
  readonly value: number;
  readonly evaluations: number;
  /** Largest decrease that the parabolas through the points tried would allow: below rounding, there is none to find. */
  readonly hoped: number;
}

/** Leaves the accepted point in `trial` and its gradient in `trialGradient`. */
export function searchLine(
  objective: Objective,
  x: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
  firstStep: number,
  longest: number,
  box: Box,
  trial: Float64Array,
  trialGradient: Float64Array,
): LineResult {
  const size = x.length;
  let low = 0;
  let lowValue = value;
  let lowSlope = slope;
  let high = Infinity;
  let step = Math.min(firstStep, longest);
  let evaluations = 0;
  let hoped = 0;
  const rounding = 2 * Number.EPSILON * Math.abs(value);
  const evaluate = (at: number): { phi: number; phiSlope: number } => {
    for (let i = 0; i < size; i++) trial[i] = x[i]! + at * direction[i]!;
    box.project(trial);
    const phi = objective(trial, trialGradient);
    evaluations += 1;
    let phiSlope = 0;
    for (let i = 0; i < size; i++) phiSlope += trialGradient[i]! * direction[i]!;
    return { phi, phiSlope };
  };

  while (evaluations < MOST_EVALUATIONS && step > 0) {
    const { phi, phiSlope } = evaluate(step);
    const finite = Number.isFinite(phi) && Number.isFinite(phiSlope);
    // Close to the minimum rounding hides the decrease; the slopes still tell (Hager and Zhang's approximate test).
    const decreases =
      (phi < value && phi <= value + SUFFICIENT_DECREASE * step * slope) ||
      (phi <= value + rounding && phiSlope <= (2 * SUFFICIENT_DECREASE - 1) * slope);
    if (!finite || !decreases) {
      high = step;
      const width = high - low;
      // Minimum of the parabola through phi(low), phi'(low) and phi(high), kept off the ends of the bracket.
      const bend = finite ? phi - lowValue - lowSlope * width : Infinity;
      if (bend > 0 && low === 0) hoped = Math.max(hoped, (lowSlope * lowSlope * width * width) / (4 * bend));
      const share = bend > 0 ? (-0.5 * lowSlope * width) / bend : 0.5;
      step = low + width * Math.min(0.5, Math.max(0.1, share));
    } else if (phiSlope < CURVATURE * slope && step < longest) {
      low = step;
      lowValue = phi;
      lowSlope = phiSlope;
      step = high === Infinity ? Math.min(4 * step, longest) : 0.5 * (low + high);
    } else {
      return { found: true, step, value: phi, evaluations, hoped };
    }
    if (high - low <= 1e-15 * high) break;
  }
  // No point met both conditions, but the low end of the bracket lowers the value: better than nothing.
  if (lowValue < value) {
    const { phi } = evaluate(low);
    return { found: true, step: low, value: phi, evaluations, hoped };
  }
  return { found: false, step, value, evaluations, hoped };
}
