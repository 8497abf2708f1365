// Learning from chosen rows, and the decisions taken before: the scale of the target and the power of the weights, both
// by the density of the losses at the best hyper-parameters (empirical Bayes; MacKay 2003, chapter 28).
import type { Mixtures } from '../surrogate.js';
import { sampleRows } from './choose-rows.js';
import { coordinatesOf } from './coordinates.js';
import { type LearnOptions, learnHyperParameters, logPrior } from './hyper-parameters.js';
import { logJacobian, targetScale, toStandard } from './target-scale.js';

/** Rows of the rough passes. */
const ROUGH_ROWS = 128;
const POWERS = [1 / 3, 1 / 2];
/** Learning ends within some hundredths of a nat of the maximum; where much is known or little is asked, within some tenths. */
export const TOLERANCE = { fine: 5e-5, coarse: 2e-4 };

/** What is decided before length scales are: the scale of the target, and the power of the weights. */
export interface Geometry {
  readonly logLoss: boolean;
  readonly power: number;
}

export interface Learnt extends Geometry {
  /** [log l_1 … log l_m, log s2, log v]. */
  readonly theta: Float64Array;
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
  /** log p(losses | theta): the Jacobian of the target's scale is in it, so that both scales compare. */
  readonly logLikelihood: number;
  /** The same plus the log prior of theta. */
  readonly evidence: number;
}

/** Hyper-parameters from the rows chosen. */
export function learn(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  rows: readonly number[],
  { logLoss, power }: Geometry,
  options: LearnOptions,
): Learnt {
  const chosen = Float64Array.from(rows, (row) => losses[row]!);
  const target = targetScale(chosen, logLoss);
  const minimum = learnHyperParameters(coordinatesOf(mixtures, rows, power), toStandard(target, chosen), options);
  const evidence = logJacobian(target, chosen) - minimum.value;
  return {
    logLoss,
    power,
    theta: minimum.x,
    converged: minimum.converged,
    reason: minimum.reason,
    iterations: minimum.iterations,
    evidence,
    logLikelihood: evidence - logPrior(minimum.x, new Float64Array(minimum.x.length)),
  };
}

/**
 * The likeliest geometry, and a start for theta, from passes over few rows that cost next to nothing.
 * @param given what the caller has decided; null is open
 */
export function chooseGeometry(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  given: { readonly logLoss: boolean | null; readonly power: number | null },
  settings: Omit<LearnOptions, 'tolerance'>,
): Learnt {
  const rows = sampleRows(mixtures.length, ROUGH_ROWS);
  const options = { ...settings, tolerance: TOLERANCE.coarse };
  const tryOut = (geometry: Geometry) => learn(mixtures, losses, rows, geometry, options);
  const likelier = (a: Learnt, b: Learnt) => (b.evidence > a.evidence ? b : a);
  const scales = given.logLoss !== null ? [given.logLoss] : allPositive(losses) ? [true, false] : [false];
  const powers = given.power !== null ? [given.power] : POWERS;
  const best = scales.map((logLoss) => tryOut({ logLoss, power: powers[0]! })).reduce(likelier);
  return powers
    .slice(1)
    .map((power) => tryOut({ logLoss: best.logLoss, power }))
    .reduce(likelier, best);
}

function allPositive(losses: ArrayLike<number>): boolean {
  return Array.prototype.every.call(losses, (loss: number) => loss > 0);
}
