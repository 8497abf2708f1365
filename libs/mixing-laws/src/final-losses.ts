// Where the curves of runs that all trained so far (a rung) will end, from the rung's losses and the runs that ended.
//   l_i    loss of run i at the rung;  f_i  its final loss, where it has one;  d_i = f_i - l_i
//   once 8 runs of both are known:  d = a + c (l - mean l),  c drawn to 0 with standard deviation TAU; the error of a
//     prediction is that of the regression: s^2 (1 + 1/n + (l - mean l)^2 / (S + s^2 / TAU^2)), widened by Student's t
//   before that:  every curve is continued along a power law of its steps, amplitudes pooled over the runs
//     (continue-curves.ts). A curve's own slope says less than its level: on the published curves of 20 to 42 RedPajama
//     mixtures, continuing each by itself orders the runs worse than their losses at the rung do.
// Reference: the rungs are those of Li et al., "A system for massively parallel hyperparameter tuning" (2020).
// Failure modes: a law fitted before any run has ended knows nothing of a learning rate that decays: it predicts too
// little of a fall. That error is shared by all runs at the rung, so that it does not disturb their order, and it is
// in `standardError`, as half of the fall predicted. The runs that ended are the better ones where others were stopped:
// for a run much worse than all of them the regression reaches outside its rows, and its error grows accordingly.
import { InvalidInputError } from '#libs/simplex';
import { continueCurves } from './continue-curves.js';

export interface RungCurve {
  /** Evaluated steps, ascending; the last one is the rung's. */
  readonly steps: readonly number[];
  readonly losses: readonly number[];
  /** The final loss, of a run that was trained to its end. */
  readonly final: number | null;
}

export interface FinalLoss {
  readonly mean: number;
  /** Of the final loss about the mean. */
  readonly standardError: number;
  /** The part of it that the runs of a rung do not share: what matters to their order. */
  readonly ownError: number;
}

export interface FinalLosses {
  /** What the predictions rest on: runs that ended, or the law of the steps alone. */
  readonly basis: 'finished-runs' | 'step-law';
  /** Runs that ended, of those given. */
  readonly finished: number;
  /** In the order of the curves; null where a loss is not finite or, for the law, where fewer than 3 steps are known. */
  readonly runs: readonly (FinalLoss | null)[];
}

/** Runs that must have ended before they are what is gone by. */
export const FINISHED_NEEDED = 8;
/** Standard deviation, between sweeps, of how the fall depends on the level: 0.1 on the published curves. */
const TAU = 0.2;
/** Steps of a curve that the law is fitted to: the first ones are often no power law. */
export const STEPS_USED = 6;
/** Share of the fall that runs differ by, and that the law may be wrong by for all of them. */
const OWN_SHARE = 0.1;
const SHARED_SHARE = 0.5;
/** Standard errors in half of a 90 % interval. */
export const HALF_90 = 1.6448536269514722;

/**
 * @param totalSteps where the runs end
 * Throws SHAPE for a curve without steps, or with more or fewer losses than steps.
 */
export function predictFinalLosses(curves: readonly RungCurve[], totalSteps: number): FinalLosses {
  curves.forEach(({ steps, losses }, i) => {
    if (steps.length > 0 && steps.length === losses.length) return;
    const message = `curve ${i} has ${steps.length} steps and ${losses.length} losses: as many of both, at least one`;
    throw new InvalidInputError('SHAPE', message, { argument: `curves[${i}]` });
  });
  const finished = curves.filter(hasEnded);
  const known = finished.length;
  return known >= FINISHED_NEEDED
    ? { basis: 'finished-runs', finished: known, runs: fromFinishedRuns(curves, finished) }
    : { basis: 'step-law', finished: known, runs: fromStepLaw(curves, totalSteps) };
}

/** Half the width of a 90 % interval in multiples of the standard error that few rows gave, over that of many. */
function widening(freedom: number): number {
  const z = HALF_90;
  const cubed = z * z * z;
  // Student's quantile from the normal one (Abramowitz and Stegun, 26.7.5).
  return 1 + (cubed + z) / (4 * freedom * z) + (5 * cubed * z * z + 16 * cubed + 3 * z) / (96 * freedom * freedom * z);
}

function levelOf({ losses }: RungCurve): number {
  return losses[losses.length - 1]!;
}

function hasEnded(curve: RungCurve): curve is RungCurve & { final: number } {
  return curve.final !== null && Number.isFinite(curve.final) && Number.isFinite(levelOf(curve));
}

function fromFinishedRuns(
  curves: readonly RungCurve[],
  finished: readonly (RungCurve & { final: number })[],
): (FinalLoss | null)[] {
  const n = finished.length;
  const levels = finished.map(levelOf);
  const falls = finished.map(({ final }, i) => final - levels[i]!);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const [level, fall] = [mean(levels), mean(falls)];
  const spread = levels.reduce((sum, value) => sum + (value - level) * (value - level), 0);
  const product = levels.reduce((sum, value, i) => sum + (value - level) * (falls[i]! - fall), 0);
  // The noise decides how strongly the slope is drawn to 0, and the slope leaves the noise: two rounds settle it.
  let slope = 0;
  let noise = 0;
  let pull = 0;
  for (let round = 0; round < 3; round++) {
    const residual = falls.reduce((sum, value, i) => {
      const error = value - fall - slope * (levels[i]! - level);
      return sum + error * error;
    }, 0);
    noise = residual / (n - 2);
    pull = noise / (TAU * TAU);
    slope = spread + pull > 0 ? product / (spread + pull) : 0;
  }
  const wide = widening(n - 2);
  return curves.map((curve) => {
    if (hasEnded(curve)) return { mean: curve.final, standardError: 0, ownError: 0 };
    const distance = levelOf(curve) - level;
    if (!Number.isFinite(distance)) return null;
    const leverage = spread + pull > 0 ? (distance * distance) / (spread + pull) : 0;
    const standardError = wide * Math.sqrt(noise * (1 + 1 / n + leverage));
    return { mean: levelOf(curve) + fall + slope * distance, standardError, ownError: standardError };
  });
}

/** Runs that ended are predicted like the others: only so are they comparable, whatever the law is wrong by. */
function fromStepLaw(curves: readonly RungCurve[], totalSteps: number): (FinalLoss | null)[] {
  const usable = curves.map(({ steps, losses }) => steps.length >= 3 && losses.every((loss) => Number.isFinite(loss)));
  const place = new Map<number, number>();
  const rows = { scales: [] as number[], curves: [] as number[], losses: [] as number[] };
  curves.forEach(({ steps, losses }, i) => {
    if (!usable[i]) return;
    place.set(i, place.size);
    for (let k = Math.max(0, steps.length - STEPS_USED); k < steps.length; k++) {
      rows.scales.push(steps[k]! / totalSteps);
      rows.curves.push(place.get(i)!);
      rows.losses.push(losses[k]!);
    }
  });
  if (place.size === 0) return curves.map(() => null);
  const law = continueCurves(rows, { pools: new Int32Array(place.size) });
  return curves.map((curve, i) => {
    const at = place.get(i);
    if (at === undefined) return null;
    const mean = law.extrapolate(at, 1);
    const fall = levelOf(curve) - mean;
    const ownError = Math.sqrt((law.noise ?? 0) * (law.noise ?? 0) + OWN_SHARE * fall * (OWN_SHARE * fall));
    const shared = SHARED_SHARE * fall;
    return { mean, ownError, standardError: Math.sqrt(ownError * ownError + shared * shared) };
  });
}
