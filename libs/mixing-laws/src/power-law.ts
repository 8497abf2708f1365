// Saturating power law with one exponent shared by several curves (the step law and the size law).
//   x_r      scale of row r (training tokens D, or parameters N), > 0
//   g(r)     curve of row r, 0 … G−1 (a validation domain, or a mixture and a validation domain)
//   L        = E_g + k_g (x / x0)^−α, with E_g, k_g >= 0 and x0 the geometric mean of all x_r; written with a scale of
//            its own, L = E_g + (X_g / x)^α where X_g = x0 k_g^(1/α)
//   fit      min over α of  Σ_r Huber_δ(L_r − y_r) + weight (ln α − ln α₀)²
// For a fixed α each curve is a convex problem in two bounded unknowns, solved by reweighted least squares; so what is
// left is a search in one dimension, over a grid and then by golden section, and no start value can mislead it.
// Reference: Ye et al., "Data mixing laws" (2024), the nested use of scaling laws.
// Failure modes: two values of x per curve, or curves that have not begun to bend, do not determine α: the pull
// towards α₀ then decides, which `exponentDetermined` says. A curve that rises with x gets k = 0: a constant.

import { huber } from '#libs/minimise';
import { InvalidInputError, requireNumber } from '#libs/simplex';

export interface PowerLawRows {
  /** Scale of each row, > 0. */
  readonly scales: ArrayLike<number>;
  /** Curve of each row: 0 … G−1. */
  readonly curves: ArrayLike<number>;
  readonly losses: ArrayLike<number>;
}

export interface PowerLawOptions {
  /** Huber's δ, in the unit of the losses. Default 0.05. */
  readonly delta?: number;
  /** Least and largest exponent; the same twice fixes it. Default [0.02, 3]. */
  readonly exponents?: readonly [number, number];
  /** The exponent that the fit is pulled to where the rows do not determine it, and the pull. Default 0.5 and 1e-3. */
  readonly prior?: { readonly exponent: number; readonly weight: number };
}

export interface PowerLawFit {
  /** α, shared by all curves. */
  readonly exponent: number;
  /** Loss that each curve tends to; NaN for a curve without rows. */
  readonly floors: Float64Array;
  /** k of each curve: what it still has to lose at x0. */
  readonly amplitudes: Float64Array;
  /** x0. */
  readonly reference: number;
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
  /** Root mean squared error on the rows. */
  readonly residual: number;
  /** False where every exponent in a wide interval fits as well, so that the prior chose it. */
  readonly exponentDetermined: boolean;
  predict(curve: number, scale: number): number;
}

const GRID = 48;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const EXPONENT_TOLERANCE = 1e-6;
const REWEIGHTINGS = 60;

interface Curve {
  readonly logs: Float64Array;
  readonly losses: Float64Array;
}

/** Rows by curve, with ln(x / x0). */
function splitCurves(rows: PowerLawRows): { curves: Curve[]; logReference: number } {
  const n = rows.losses.length;
  if (n === 0 || rows.scales.length !== n || rows.curves.length !== n) {
    throw new InvalidInputError(
      'SHAPE',
      `${n} losses, ${rows.scales.length} scales and ${rows.curves.length} curves must be equally many, at least one`,
      { argument: 'rows' },
    );
  }
  let sum = 0;
  const members: number[][] = [];
  for (let r = 0; r < n; r++) {
    requireNumber(`scales[${r}]`, rows.scales[r]!, { above: 0 });
    requireNumber(`losses[${r}]`, rows.losses[r]!, {});
    const curve = requireNumber(`curves[${r}]`, rows.curves[r]!, { min: 0, max: n, integer: true });
    while (members.length <= curve) members.push([]);
    members[curve]!.push(r);
    sum += Math.log(rows.scales[r]!);
  }
  const logReference = sum / n;
  const curves = members.map((list) => ({
    logs: Float64Array.from(list, (r) => Math.log(rows.scales[r]!) - logReference),
    losses: Float64Array.from(list, (r) => rows.losses[r]!),
  }));
  return { curves, logReference };
}

/** E, k >= 0 of least Σ w (E + k t − y)², by the active-set method for two unknowns. */
function solveTwo(t: Float64Array, y: Float64Array, w: Float64Array): [number, number] {
  let s = 0;
  let st = 0;
  let sy = 0;
  for (let i = 0; i < t.length; i++) {
    s += w[i]!;
    st += w[i]! * t[i]!;
    sy += w[i]! * y[i]!;
  }
  const meanT = st / s;
  const meanY = sy / s;
  let stt = 0;
  let sty = 0;
  let raw = 0;
  let rawY = 0;
  for (let i = 0; i < t.length; i++) {
    stt += w[i]! * (t[i]! - meanT) * (t[i]! - meanT);
    sty += w[i]! * (t[i]! - meanT) * (y[i]! - meanY);
    raw += w[i]! * t[i]! * t[i]!;
    rawY += w[i]! * t[i]! * y[i]!;
  }
  if (!(stt > 1e-14 * raw)) return [Math.max(0, meanY), 0];
  const k = sty / stt;
  if (k < 0) return [Math.max(0, meanY), 0];
  const floor = meanY - k * meanT;
  return floor >= 0 ? [floor, k] : [0, Math.max(0, rawY / raw)];
}

interface CurveFit {
  floor: number;
  amplitude: number;
  value: number;
  iterations: number;
}

function fitCurve(curve: Curve, exponent: number, delta: number): CurveFit {
  const n = curve.losses.length;
  if (n === 0) return { floor: Number.NaN, amplitude: Number.NaN, value: 0, iterations: 0 };
  const t = Float64Array.from(curve.logs, (log) => Math.exp(-exponent * log));
  const w = new Float64Array(n).fill(1);
  let [floor, amplitude] = solveTwo(t, curve.losses, w);
  let iterations = 1;
  for (; iterations < REWEIGHTINGS; iterations++) {
    let reweighted = false;
    for (let i = 0; i < n; i++) {
      const size = Math.abs(floor + amplitude * t[i]! - curve.losses[i]!);
      w[i] = size > delta ? delta / size : 1;
      if (w[i] !== 1) reweighted = true;
    }
    if (!reweighted && iterations === 1) break;
    const [nextFloor, nextAmplitude] = solveTwo(t, curve.losses, w);
    const moved = Math.abs(nextFloor - floor) + Math.abs(nextAmplitude - amplitude);
    floor = nextFloor;
    amplitude = nextAmplitude;
    if (moved <= 1e-12) break;
  }
  let value = 0;
  for (let i = 0; i < n; i++) value += huber(floor + amplitude * t[i]! - curve.losses[i]!, delta);
  return { floor, amplitude, value, iterations };
}

/**
 * Fits L = E_g + k_g (x / x0)^−α to rows of several curves with one α. Throws InvalidInputError SHAPE, NOT_FINITE or
 * OUT_OF_RANGE. A curve without rows is allowed (its parameters are NaN).
 */
export function fitPowerLaw(rows: PowerLawRows, options: PowerLawOptions = {}): PowerLawFit {
  const delta = requireNumber('delta', options.delta ?? 0.05, { above: 0 });
  const [least, most] = options.exponents ?? [0.02, 3];
  requireNumber('exponents[0]', least, { above: 0 });
  requireNumber('exponents[1]', most, { min: least });
  const prior = options.prior ?? { exponent: 0.5, weight: 1e-3 };
  const logPrior = Math.log(requireNumber('prior.exponent', prior.exponent, { above: 0 }));
  const pull = requireNumber('prior.weight', prior.weight, { min: 0 });
  const { curves, logReference } = splitCurves(rows);
  let iterations = 0;
  const dataValue = (logExponent: number) => {
    let value = 0;
    for (const curve of curves) {
      const fit = fitCurve(curve, Math.exp(logExponent), delta);
      value += fit.value;
      iterations += fit.iterations;
    }
    return value;
  };
  const objective = (u: number) => dataValue(u) + pull * (u - logPrior) * (u - logPrior);

  const [low, high] = [Math.log(least), Math.log(most)];
  const step = (high - low) / (GRID - 1);
  const values = Array.from({ length: step > 0 ? GRID : 1 }, (_, i) => objective(low + i * step));
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[best]!) best = i;
  let a = low + Math.max(0, best - 1) * step;
  let b = low + Math.min(GRID - 1, best + 1) * step;
  let [c, d] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
  let [fc, fd] = [objective(c), objective(d)];
  while (b - a > EXPONENT_TOLERANCE) {
    if (fc < fd) {
      [b, d, fd] = [d, c, fc];
      c = b - GOLDEN * (b - a);
      fc = objective(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + GOLDEN * (b - a);
      fd = objective(d);
    }
  }
  const logExponent = fc < fd ? c : d;
  const exponent = Math.exp(logExponent);
  const fits = curves.map((curve) => fitCurve(curve, exponent, delta));
  const floors = Float64Array.from(fits, ({ floor }) => floor);
  const amplitudes = Float64Array.from(fits, ({ amplitude }) => amplitude);

  const predict = (curve: number, scale: number) => {
    if (!(curve >= 0 && curve < floors.length)) {
      throw new InvalidInputError('OUT_OF_RANGE', `curve must be in [0, ${floors.length - 1}]; got ${curve}`, {
        argument: 'curve',
        value: curve,
        allowed: `[0, ${floors.length - 1}]`,
      });
    }
    const log = Math.log(requireNumber('scale', scale, { above: 0 })) - logReference;
    return floors[curve]! + amplitudes[curve]! * Math.exp(-exponent * log);
  };
  const n = rows.losses.length;
  let squares = 0;
  for (let r = 0; r < n; r++) {
    const error = predict(rows.curves[r]!, rows.scales[r]!) - rows.losses[r]!;
    squares += (error * error) / n;
  }
  // Determined: the Huber sum grows by a tenth of itself before the exponent has doubled or halved.
  const here = fits.reduce((sum, { value }) => sum + value, 0);
  const worse = (u: number) => dataValue(u) > 1.1 * here + 1e-12 * n;
  const exponentDetermined = step > 0 && worse(logExponent + Math.LN2) && worse(logExponent - Math.LN2);
  const atBound =
    step > 0 && (logExponent - low < 2 * EXPONENT_TOLERANCE || high - logExponent < 2 * EXPONENT_TOLERANCE);
  return {
    exponent,
    floors,
    amplitudes,
    reference: Math.exp(logReference),
    converged: !atBound,
    reason: atBound
      ? `the exponent reached its bound ${exponent.toPrecision(3)}`
      : `the exponent is known to ${EXPONENT_TOLERANCE}`,
    iterations,
    residual: Math.sqrt(squares),
    exponentDetermined,
    predict,
  };
}
