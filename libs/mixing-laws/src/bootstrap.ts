// Intervals for predictions of a law at scales that were not measured.
//   replicates   the law refitted to mixtures drawn with replacement (runs of one mixture stay together), with the
//                exponents' prior centres drawn too, ln α₀ + 0.3 N(0, 1): where rows do not determine an exponent its
//                prior's doubt must show in the interval
//   held out     error of predicting the largest size from the smaller ones, or later tokens from earlier ones; grows
//                with the distance in ln scale:  s = s_held-out max(1, distance asked for / distance tested)
//   interval     mean ± z sqrt(spread² + s² + noise²), z of the normal distribution
// Failure modes: a law that is wrong beyond everything measured is wrong by more than this says; with two sizes no
// error of size can be held out, and the doubt in the prior is all there is.
import type { Random } from '#libs/simplex';

/** Standard deviation of ln α₀ among replicates: the published exponents 0.28 … 0.5 lie within one or two. */
export const PRIOR_SPREAD = 0.3;

export const Z50 = 0.6744897501960817;
export const Z90 = 1.6448536269514722;

/** Random streams: one per law, so that replicates of one do not change another's. */
export const BOOTSTRAP_STREAM = 12;

/** How often each of u clusters is drawn in u draws with replacement. */
export function drawClusters(random: Random, u: number): Int32Array {
  const counts = new Int32Array(u);
  for (let k = 0; k < u; k++) counts[random.integer(u)]!++;
  return counts;
}

export function drawPrior(random: Random, exponent: number): number {
  return Math.exp(Math.log(exponent) + PRIOR_SPREAD * random.normal());
}

/** Standard deviation of each column over replicates; NaN entries are passed over. */
export function spreadOf(replicates: readonly ArrayLike<number>[]): Float64Array {
  const width = replicates[0]?.length ?? 0;
  return Float64Array.from({ length: width }, (_, c) => {
    const values = replicates.map((row) => row[c]!).filter((value) => Number.isFinite(value));
    if (values.length < 2) return Number.NaN;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  });
}

export interface LawPrediction {
  readonly mean: number;
  readonly standardError: number;
  readonly lower50: number;
  readonly upper50: number;
  readonly lower90: number;
  readonly upper90: number;
}

/** A mean with its independent sources of error, as an interval. */
export function predictionOf(mean: number, ...errors: readonly number[]): LawPrediction {
  const standardError = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0));
  const at = (z: number) => mean + z * standardError;
  return { mean, standardError, lower50: at(-Z50), upper50: at(Z50), lower90: at(-Z90), upper90: at(Z90) };
}
