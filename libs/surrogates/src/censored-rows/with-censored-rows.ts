// A surrogate that also learns from rows whose loss is known to lie in an interval [l, u] only.
//   1. fit the measured rows
//   2. impute each censored row by the mean of what fit and interval say together: the product of the fit's predictive
//      normal N(mean, standard error) and of that whose 90 % interval is [l, u], truncated to [l, u]
//   3. fit measured and imputed rows together; repeat 2 and 3 until no imputation moves by a twentieth of its standard
//      error, at most ROUNDS times
// Every fit of a cross-validation imputes by itself, from the rows that it sees: no row is judged by a fit that has
// seen it, not even by way of an imputation, and only measured rows are judged.
// Reference: Schmee and Hahn (1979), as Hutter, Hoos and Leyton-Brown (2011) use it for algorithm configuration. They
// know a lower bound and nothing else; here the middle of the interval is the likeliest end of the run, and leaving it
// out orders RegMix's test mixtures no better than taking it for the truth does.
// Failure modes: an imputed row is the mean of what is possible, so that the scatter about the fit looks smaller than it
// is; intervals are calibrated on measured rows, and do not rest on it. Bounds that do not hold pull the fit with them.
import { truncatedNormalMean } from '#libs/simplex';
import type { FittedSurrogate, Mixtures, Surrogate } from '../surrogate.js';
import { type CensoredRows, checkCensoredRows } from './censored-rows.js';

const ROUNDS = 4;
/** Of a normal's 90 % interval, in standard deviations. */
const WIDTH_90 = 2 * 1.6448536269514722;
/** In standard errors. */
const SETTLED = 0.05;

/** The same surrogate, name and state included, fitted with the censored rows beside those it is given. */
export function withCensoredRows(surrogate: Surrogate, censored: CensoredRows): Surrogate {
  return {
    ...surrogate,
    fit(mixtures, losses, parameters, warmStart) {
      let fitted = surrogate.fit(mixtures, losses, parameters, warmStart);
      checkCensoredRows(censored, mixtures[0]!.length);
      const rows = [...mixtures, ...censored.mixtures];
      const n = mixtures.length;
      let imputed: Float64Array | null = null;
      for (let round = 0; round < ROUNDS; round++) {
        const errors = errorsAt(fitted, censored.mixtures);
        const next = impute(fitted.predict(censored.mixtures), errors, censored);
        const before = imputed;
        if (before && next.every((value, r) => Math.abs(value - before[r]!) <= SETTLED * errors[r]!)) break;
        imputed = next;
        const values = new Float64Array(n + next.length);
        values.set(Array.from(losses));
        values.set(next, n);
        fitted = surrogate.fit(rows, values, parameters, fitted.state());
      }
      return judgedOn(fitted, mixtures, losses);
    },
  };
}

/** Of a surrogate without an error of its own: its root mean squared error on the rows fitted. */
function errorsAt(fitted: FittedSurrogate, mixtures: Mixtures): Float64Array {
  return fitted.standardErrors(mixtures) ?? new Float64Array(mixtures.length).fill(fitted.residual);
}

function impute(mean: Float64Array, errors: Float64Array, { lower, upper }: CensoredRows): Float64Array {
  return mean.map((value, r) => {
    const own = errors[r]! * errors[r]!;
    const width = upper[r]! - lower[r]!;
    const known = (width / WIDTH_90) * (width / WIDTH_90);
    const sum = own + known;
    const centre = sum > 0 ? (value * known + (lower[r]! + width / 2) * own) / sum : lower[r]!;
    return truncatedNormalMean(centre, sum > 0 ? Math.sqrt((own * known) / sum) : 0, lower[r]!, upper[r]!);
  });
}

/** The fit as it is, but for its residual, which is of the measured rows. */
function judgedOn(fitted: FittedSurrogate, mixtures: Mixtures, losses: ArrayLike<number>): FittedSurrogate {
  const predicted = fitted.predict(mixtures);
  let squares = 0;
  predicted.forEach((value, r) => {
    squares += (value - losses[r]!) * (value - losses[r]!);
  });
  return { ...fitted, residual: Math.sqrt(squares / predicted.length) };
}
