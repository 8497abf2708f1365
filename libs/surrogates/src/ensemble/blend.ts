// How K predictions become one. With weights w_k, means f_k and standard errors s_k, and a the member with the least
// error out of fold:
//   h(d) = d / sqrt(1 + (d / reach)^2), which leaves small differences as they are and never exceeds the reach
//   g_k  = f_a + h(f_k - f_a)        t_k = h(s_k) for k other than a, t_a = s_a
//   f    = sum_k w_k g_k             s^2 = sum_k w_k (t_k^2 + (g_k - f)^2)
// so that where the members disagree the ensemble says so, and no member pulls it further from the best one than the
// reach, whatever an exponential does outside the rows it was fitted on: |f - f_a| <= (1 - w_a) reach.
// Failure mode: where the best member itself runs away, the blend follows it.
// Bounded influence is Huber's (1964) idea; the smooth form keeps f differentiable for the search of proposals.
import { explainedRows } from './explained-rows.js';
import { stackWeights } from './stack-weights.js';

/**
 * The reach in root mean squared errors of the best member. Between 1 and 4 the errors out of fold hardly differ
 * (RegMix's training runs, ADMIRE, SlimPajama, RedPajama); without it they are larger wherever runs are few.
 */
const REACH = 3;

export interface Blend {
  /** K shares >= 0 that sum to 1. */
  readonly weights: ArrayLike<number>;
  /** The member with the least error out of fold. */
  readonly best: number;
  /** In the target's unit; with Infinity the blend is the plain weighted mean. */
  readonly reach: number;
}

/**
 * Learns a blend from K arrays of n out-of-fold errors (prediction - loss).
 * @param rows rows to use
 */
export function learnBlend(errors: readonly Float64Array[], rows: readonly number[]): Blend {
  const used = explainedRows(errors, rows);
  const squared = errors.map((e) => used.reduce((sum, r) => sum + e[r]! * e[r]!, 0) / used.length);
  const best = squared.indexOf(Math.min(...squared));
  return { weights: stackWeights(errors, used), best, reach: REACH * Math.sqrt(squared[best]!) };
}

/** The blend without the members not listed; the heaviest one left stands in for the best where that one is missing. */
export function blendOf({ weights, best, reach }: Blend, members: readonly number[]): Blend {
  const total = members.reduce((sum, k) => sum + weights[k]!, 0);
  const shares = members.map((k) => (total > 0 ? weights[k]! / total : 1 / members.length));
  const at = members.indexOf(best);
  return { weights: shares, best: at >= 0 ? at : shares.indexOf(Math.max(...shares)), reach };
}

/** Beyond this many reaches the bound is met in floating point; the square of a larger one might overflow. */
const FAR = 1e9;

function bounded(difference: number, reach: number): number {
  if (!(reach > 0)) return 0;
  if (reach === Infinity) return difference;
  const ratio = Math.max(-FAR, Math.min(FAR, difference / reach));
  return (reach * ratio) / Math.sqrt(1 + ratio * ratio);
}

/** Mean of K predictions of n rows. */
export function blendMeans({ weights, best, reach }: Blend, means: readonly Float64Array[]): Float64Array {
  const out = means[best]!.slice();
  means.forEach((member, k) => {
    if (k === best) return;
    for (let r = 0; r < out.length; r++) {
      out[r] = out[r]! + weights[k]! * bounded(member[r]! - means[best]![r]!, reach);
    }
  });
  return out;
}

/**
 * Mean and standard error of K predictions of n rows.
 * @param errors a standard error per row, or one for all rows
 */
export function blendPredictions(
  blend: Blend,
  means: readonly Float64Array[],
  errors: readonly (Float64Array | number)[],
): { mean: Float64Array; errors: Float64Array } {
  const { weights, best, reach } = blend;
  const mean = blendMeans(blend, means);
  const spread = new Float64Array(mean.length);
  means.forEach((member, k) => {
    const error = errors[k]!;
    for (let r = 0; r < spread.length; r++) {
      const own = typeof error === 'number' ? error : error[r]!;
      const certain = k === best ? own : bounded(own, reach);
      const off = means[best]![r]! + bounded(member[r]! - means[best]![r]!, reach) - mean[r]!;
      spread[r] = spread[r]! + weights[k]! * (certain * certain + off * off);
    }
  });
  return { mean, errors: spread.map(Math.sqrt) };
}
