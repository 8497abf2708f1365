// The log-linear law of loss on the simplex.
//   p  m weights;  f  its T terms: p itself (T = m), or (sqrt p, p) (T = 2m);  q  the mean terms of the rows
//   law(p) = c + exp(a + t.(f − q)),  centred so that the parameters are nearly uncorrelated
//   theta = (c, a, t_1 … t_T);  in the textbook form c + exp(b + t.f), b = a − t.q
// On the simplex sum p = 1: adding a constant to the t of every weight and taking it from b changes nothing. The pull
// towards t = 0 fixes that gauge: of the equivalent parameters the fit is the one of least norm.
// References: Ye et al. 2024 (data mixing laws, M4: c + k exp(t.p), k = exp(b)); Olmix (exp(log c) + exp(t.p)).
// Failure modes: with f = p the law is convex in p by construction, so a target that falls and rises again along a
// domain, or that is concave, is fitted badly; exponents of domains that hardly vary are decided by the pull alone;
// with roots the slope at p_j = 0 is infinite, so that an optimum may sit very close to a face without reaching it.
import type { Law, LawProblem } from '../parametric/law.js';
import type { LawData } from '../parametric/law-data.js';
import { leastSquaresStarts } from './least-squares-starts.js';
import { type Terms, termCount, writeTerms } from './terms.js';

/** exp of more than this overflows when squared twice. */
const LARGEST_POWER = 150;

/** @param centre q, one value per term */
export function logLinearLaw(terms: Terms, centre: ArrayLike<number>): Law {
  const T = centre.length;
  const q = Float64Array.from(centre);
  return {
    size: T + 2,
    prepare(p) {
      const f = new Float64Array(T);
      writeTerms(terms, p, f);
      for (let j = 0; j < T; j++) f[j] = f[j]! - q[j]!;
      return f;
    },
    value(theta, away, gradient) {
      let power = theta[1]!;
      for (let j = 0; j < T; j++) power += theta[j + 2]! * away[j]!;
      const excess = Math.exp(Math.min(power, LARGEST_POWER));
      if (gradient) {
        gradient[0] = 1;
        gradient[1] = excess;
        for (let j = 0; j < T; j++) gradient[j + 2] = excess * away[j]!;
      }
      return theta[0]! + excess;
    },
    constants: () => ({ law: 'log-linear', terms, centre: Array.from(q) }),
    describe(theta) {
      let b = theta[1]!;
      for (let j = 0; j < T; j++) b -= theta[j + 2]! * q[j]!;
      const t = Array.from(theta.subarray(2));
      if (terms === 'roots') return { c: theta[0]!, b, ofRoots: t.slice(0, T / 2), ofWeights: t.slice(T / 2) };
      // The pull leaves a trace of the start along the gauge; on the simplex this shift changes nothing.
      const shift = t.reduce((sum, v) => sum + v / T, 0);
      return { c: theta[0]!, b: b + shift, t: t.map((v) => v - shift) };
    },
  };
}

export interface LogLinearBounds {
  readonly terms: Terms;
  /** Largest |t_j|. */
  readonly largestExponent: number;
  /** How far c may lie below the least loss, in ranges of the losses. */
  readonly deepestFloor: number;
  /** How much harder the exponents of weights are pulled than those of roots, where both are there. */
  readonly weightPull: number;
}

/**
 * Where the floor c may lie: at most at the mean loss (a few runs may lie below it), and for positive losses not
 * below 0, the floor of every loss.
 */
export function floorBounds(data: LawData, deepest: number): { low: number; high: number } {
  const range = Math.max(data.greatest - data.least, 1e-9 * data.spread);
  const low = data.least - deepest * range;
  return { low: data.least > 0 ? Math.max(0, low) : low, high: data.mean };
}

export function logLinearProblem(data: LawData, bounds: LogLinearBounds): LawProblem {
  const { terms, largestExponent } = bounds;
  const T = termCount(terms, data.domains);
  const n = data.rows.length;
  const features = data.rows.map((row) => {
    const f = new Float64Array(T);
    writeTerms(terms, row, f);
    return f;
  });
  const centre = new Float64Array(T);
  for (const f of features) for (let j = 0; j < T; j++) centre[j] = centre[j]! + f[j]! / n;
  const floor = floorBounds(data, bounds.deepestFloor);
  const fill = (first: number, second: number, rest: number) =>
    Float64Array.from({ length: T + 2 }, (_, k) => (k === 0 ? first : k === 1 ? second : rest));
  const pull = fill(0, 0, 1);
  if (terms === 'roots') pull.fill(bounds.weightPull, data.domains + 2);
  return {
    law: logLinearLaw(terms, centre),
    lower: fill(floor.low, Math.log(1e-12 * data.spread), -largestExponent),
    upper: fill(floor.high, Math.log(2 * (data.greatest - floor.low) + data.spread) + largestExponent, largestExponent),
    pull,
    centre: new Float64Array(T + 2),
    starts: leastSquaresStarts(data, features, centre, pull, floor),
  };
}
