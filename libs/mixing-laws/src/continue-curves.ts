// Continues measured curves along their power law (power-law.ts): the loss at a scale that was not measured.
//   L(x) = y_a + k_g (t(x) − t(x_a)),  t(x) = (x / x0)^−α
//   x_a, y_a  the measurement of the curve nearest to x in ln x: at a measured scale the answer is the measurement
//   k_g       the curve's amplitude, drawn towards the mean amplitude of its pool (curves of one target) by as much as
//             its scatter is no more than noise:  share kept = max(0, 1 − σ² / (Stt V)), James and Stein
//   σ²        Σ residual² / (rows − 2 curves);  Stt  spread of t within a curve;  V  variance of k in the pool
// Two or three sizes per curve give amplitudes that are mostly noise: unshrunk they make the order of the mixtures
// worse than that of the largest proxy, which the anchor preserves.
// Failure modes: without spare rows (two sizes) σ² is unknown and the pool's mean amplitude is taken for all.
import { InvalidInputError, requireNumber } from '#libs/simplex';
import { fitPowerLaw, type PowerLawFit, type PowerLawOptions, type PowerLawRows } from './power-law.js';

export interface ContinueOptions extends PowerLawOptions {
  /** Pool of each curve; without it amplitudes are left as fitted. */
  readonly pools?: ArrayLike<number>;
}

export interface ContinuedCurves {
  readonly law: PowerLawFit;
  /** k of each curve after shrinking; NaN where neither the curve nor its pool has one. */
  readonly amplitudes: Float64Array;
  /** Mean share of a curve's own amplitude that was kept: 1 no shrinking, 0 all curves of a pool run parallel. */
  readonly kept: number;
  /** Standard deviation of a measurement about its curve; null without spare rows. */
  readonly noise: number | null;
  /** Throws OUT_OF_RANGE for a curve without rows or a scale <= 0. */
  extrapolate(curve: number, scale: number): number;
}

interface CurveRows {
  readonly logs: number[];
  readonly losses: number[];
}

function byCurve(rows: PowerLawRows, count: number): CurveRows[] {
  const curves: CurveRows[] = Array.from({ length: count }, () => ({ logs: [], losses: [] }));
  for (let r = 0; r < rows.losses.length; r++) {
    const curve = curves[rows.curves[r]!]!;
    const log = Math.log(rows.scales[r]!);
    curve.logs.push(log);
    curve.losses.push(rows.losses[r]!);
  }
  return curves;
}

/** Fits the curves and continues them. Throws as `fitPowerLaw` does. */
export function continueCurves(rows: PowerLawRows, options: ContinueOptions = {}): ContinuedCurves {
  const law = fitPowerLaw(rows, options);
  const count = law.floors.length;
  const curves = byCurve(rows, count);
  const power = (log: number) => Math.exp(-law.exponent * (log - Math.log(law.reference)));
  const spread = (logs: readonly number[]) => {
    const t = logs.map(power);
    const mean = t.reduce((sum, value) => sum + value, 0) / t.length;
    return t.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  };
  const bent = curves.flatMap(({ logs }, c) => (new Set(logs).size >= 2 ? [c] : []));
  const bentRows = bent.reduce((sum, c) => sum + curves[c]!.logs.length, 0);
  const spare = bentRows - 2 * bent.length;
  let squares = 0;
  for (let r = 0; r < rows.losses.length; r++) {
    const error = law.predict(rows.curves[r]!, rows.scales[r]!) - rows.losses[r]!;
    squares += error * error;
  }
  const noise = spare > 0 ? Math.sqrt(squares / spare) : null;

  const amplitudes = Float64Array.from(law.amplitudes, (k, c) => (new Set(curves[c]!.logs).size >= 2 ? k : Number.NaN));
  let kept = 1;
  if (options.pools) {
    const pools = options.pools;
    const members = new Map<number, number[]>();
    for (let c = 0; c < count; c++) members.set(pools[c]!, [...(members.get(pools[c]!) ?? []), c]);
    let sum = 0;
    for (const pool of members.values()) {
      const own = pool.filter((c) => !Number.isNaN(amplitudes[c]!));
      if (own.length === 0) continue;
      const mean = own.reduce((total, c) => total + amplitudes[c]!, 0) / own.length;
      const variance = own.reduce((total, c) => total + (amplitudes[c]! - mean) ** 2, 0) / Math.max(1, own.length - 1);
      const stt = own.reduce((total, c) => total + spread(curves[c]!.logs), 0) / own.length;
      const share = noise === null || variance === 0 ? 0 : Math.max(0, 1 - (noise * noise) / (stt * variance));
      for (const c of pool) {
        amplitudes[c] = Number.isNaN(amplitudes[c]!) ? mean : mean + share * (amplitudes[c]! - mean);
        sum += share;
      }
    }
    kept = sum / count;
  }

  const extrapolate = (curve: number, scale: number) => {
    const own = curves[curve];
    if (!own || own.logs.length === 0) {
      throw new InvalidInputError('OUT_OF_RANGE', `curve ${curve} has no rows`, {
        argument: 'curve',
        value: curve,
        allowed: `a curve with rows, of ${count}`,
      });
    }
    const log = Math.log(requireNumber('scale', scale, { above: 0 }));
    let near = 0;
    for (let i = 1; i < own.logs.length; i++) {
      if (Math.abs(own.logs[i]! - log) < Math.abs(own.logs[near]! - log)) near = i;
    }
    if (Math.abs(own.logs[near]! - log) < 1e-12) return own.losses[near]!;
    return own.losses[near]! + amplitudes[curve]! * (power(log) - power(own.logs[near]!));
  };
  return { law, amplitudes, kept, noise, extrapolate };
}
