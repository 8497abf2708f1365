// Prediction intervals from out-of-fold errors, normalised split-conformal (Lei et al. 2018, section 5.2): with error
// e_r and standard error s_r of row r's out-of-fold prediction, the half-width at a mixture x is q * s(x), where q is
// the ceil(level (n + 1))-th smallest |e_r| / s_r. It needs no normality and holds for any surrogate: one without
// standard errors has the same width everywhere. Out-of-fold fits see fewer rows than the final one; `narrowed` allows
// for that by the learning curve. Failure mode: mixtures unlike the sampled ones are not covered.
import type { Folds } from './folds.js';
import { medianOf } from './median.js';

export interface Calibration {
  /** Standard errors below this, in the target's unit, count as this: no prediction is that certain. */
  readonly floor: number;
  /** Factor that makes the root mean squared normalised error 1. */
  readonly scale: number;
  /** Half-widths of the intervals in multiples of the (floored, unscaled) standard error; null with too few rows. */
  readonly half50: number | null;
  readonly half90: number | null;
}

/** Share of the median standard error below which a single one is not believed. */
const FLOOR_SHARE = 0.25;

/** The multiple of the standard error that covers `level` of new rows; null with too few rows to tell. */
function conformalQuantile(normalised: Float64Array, level: number): number | null {
  const sorted = normalised.map(Math.abs).sort();
  const rank = Math.ceil(level * (sorted.length + 1) - 1e-9);
  return rank > sorted.length ? null : sorted[rank - 1]!;
}

/**
 * @param residuals n out-of-fold errors, prediction - loss
 * @param errors n standard errors, or null where the surrogate has none
 */
export function calibrate(residuals: Float64Array, errors: Float64Array | null): Calibration {
  const floor = errors ? FLOOR_SHARE * medianOf(errors) : 0;
  const normalised = normalise(residuals, errors, floor);
  let squared = 0;
  for (const z of normalised) squared += z * z;
  return {
    floor,
    scale: Math.sqrt(squared / normalised.length),
    half50: conformalQuantile(normalised, 0.5),
    half90: conformalQuantile(normalised, 0.9),
  };
}

/** A curve through four points is uncertain: only half of rows^-1/2, the rate of a parametric fit, is believed. */
const STEEPEST = 0.25;

/**
 * The calibration of a fit on all rows, from one on fits that saw `share` of them.
 * @param exponent b of the learning curve rmse = a n^-b at its end
 */
export function narrowed(calibration: Calibration, exponent: number, share: number): Calibration {
  const factor = Math.exp(Math.min(STEEPEST, Math.max(0, exponent)) * Math.log(share));
  const times = (multiple: number | null) => (multiple === null ? null : multiple * factor);
  return {
    floor: calibration.floor,
    scale: calibration.scale * factor,
    half50: times(calibration.half50),
    half90: times(calibration.half90),
  };
}

/** Errors in multiples of their standard errors (of 1 where there are none). */
export function normalise(residuals: Float64Array, errors: Float64Array | null, floor: number): Float64Array {
  return residuals.map((e, r) => {
    const s = errors ? Math.max(errors[r]!, floor) : 1;
    return s > 0 ? e / s : e === 0 ? 0 : Number.MAX_VALUE;
  });
}

export interface Coverage {
  /** Share of rows inside their 50% and 90% intervals; null with too few rows to make one. */
  readonly p50: number | null;
  readonly p90: number | null;
  readonly rows: number;
}

/** Coverage of rows that took no part in their own interval: each fold's is calibrated on the other folds. */
export function measureCoverage(residuals: Float64Array, errors: Float64Array | null, folds: Folds): Coverage {
  const inside = { half50: 0, half90: 0 };
  let judged = 0;
  for (let fold = 0; fold < folds.count; fold++) {
    const [seen, held]: [number[], number[]] = [[], []];
    folds.foldOf.forEach((f, r) => {
      (f === fold ? held : seen).push(r);
    });
    const pick = (values: Float64Array, rows: number[]) => Float64Array.from(rows, (r) => values[r]!);
    const calibration = calibrate(pick(residuals, seen), errors && pick(errors, seen));
    if (calibration.half50 === null || calibration.half90 === null) continue;
    const normalised = normalise(pick(residuals, held), errors && pick(errors, held), calibration.floor);
    for (const z of normalised) {
      judged += 1;
      if (Math.abs(z) <= calibration.half50) inside.half50 += 1;
      if (Math.abs(z) <= calibration.half90) inside.half90 += 1;
    }
  }
  if (judged === 0) return { p50: null, p90: null, rows: 0 };
  return { p50: inside.half50 / judged, p90: inside.half90 / judged, rows: judged };
}
