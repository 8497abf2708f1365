// The predicted optimum often loses to the best measured mixture: an optimiser seeks out the places where the fit errs
// in its favour. So the best measured mixture is recommended unless the predicted gain over it exceeds the noise.
//   gain   predicted objective of the best measured mixture minus that of the proposal: predictions on both sides,
//          since the best of n noisy measurements is optimistic as well
//   noise  the largest of: the standard error of a difference of two out-of-fold predictions, among the third of the
//          runs predicted best; sqrt(2) times the noise between runs of one mixture, where there are such; and, outside
//          the sampled region, of which the runs say nothing, the fit's own standard errors of the two
import { groupIdenticalMixtures } from '#libs/surrogates';
import type { LossEstimate, ObservedMixture, Recommendation, Weights } from './proposal-document.js';

interface Noise {
  readonly value: number;
  readonly basis: string;
}

/** Pooled standard deviation between runs of one mixture; null where none was repeated. */
function replicateNoise(mixtures: readonly ArrayLike<number>[], measured: Float64Array): number | null {
  const groups = new Map<number, number[]>();
  groupIdenticalMixtures(mixtures).forEach((label, r) => {
    if (Number.isFinite(measured[r]!)) groups.set(label, [...(groups.get(label) ?? []), measured[r]!]);
  });
  let [squares, freedom] = [0, 0];
  for (const values of groups.values()) {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    for (const v of values) squares += (v - mean) * (v - mean);
    freedom += values.length - 1;
  }
  return freedom > 0 ? Math.sqrt(squares / freedom) : null;
}

/** Standard error of a difference of two out-of-fold predictions among the best predicted third of the rows. */
function differenceError(residuals: Float64Array, measured: Float64Array): number | null {
  const rows = [...residuals.keys()].filter((r) => Number.isFinite(residuals[r]!));
  const predicted = (r: number) => measured[r]! + residuals[r]!;
  const best = rows
    .sort((a, b) => predicted(a) - predicted(b) || a - b)
    .slice(0, Math.max(5, Math.ceil(rows.length / 3)));
  if (best.length < 3) return null;
  const mean = best.reduce((sum, r) => sum + residuals[r]!, 0) / best.length;
  const squares = best.reduce((sum, r) => sum + (residuals[r]! - mean) * (residuals[r]! - mean), 0);
  return Math.sqrt((2 * squares) / (best.length - 1));
}

interface Evidence {
  readonly mixtures: readonly ArrayLike<number>[];
  /** Objective per row, NaN where not measured. */
  readonly measured: Float64Array;
  /** Out-of-fold prediction minus measurement of the objective. */
  readonly residuals: Float64Array;
  readonly abstained: boolean;
  readonly proposal: { readonly weights: Weights; readonly objective: LossEstimate };
  /** The best measured mixture that satisfies the constraints. */
  readonly best: ObservedMixture | null;
  /** Whether the proposal lies outside the sampled region. */
  readonly outside: boolean;
}

function noiseOf({ mixtures, measured, residuals, outside, proposal }: Evidence, best: LossEstimate): Noise {
  const candidates: Noise[] = [];
  const difference = differenceError(residuals, measured);
  if (difference !== null) {
    candidates.push({
      value: difference,
      basis: 'the out-of-fold errors of differences between the runs predicted best',
    });
  }
  const replicates = replicateNoise(mixtures, measured);
  if (replicates !== null) {
    candidates.push({ value: Math.SQRT2 * replicates, basis: 'the noise between runs of one mixture' });
  }
  if (outside || candidates.length === 0) {
    const [a, b] = [proposal.objective.standardError ?? 0, best.standardError ?? 0];
    const value = Math.sqrt(a * a + b * b);
    candidates.push({ value, basis: 'the standard errors that the fit gives the two mixtures' });
  }
  return candidates.reduce((largest, other) => (other.value > largest.value ? other : largest));
}

/** Which mixture to train, and why. */
export function recommend(evidence: Evidence): Recommendation {
  const { abstained, proposal, best } = evidence;
  const own = { weights: proposal.weights, gain: null, noise: null, noiseBasis: null };
  if (abstained) {
    const reason = 'nothing tells the mixtures apart, so there is no reason to leave the natural one';
    return { mixture: 'natural', reason, ...own };
  }
  if (!best) {
    const reason = 'no measured mixture satisfies the constraints, so there is none to fall back on';
    return { mixture: 'proposal', reason, ...own };
  }
  const gain = best.predictedObjective.mean - proposal.objective.mean;
  const { value: noise, basis: noiseBasis } = noiseOf(evidence, best.predictedObjective);
  const wins = gain > noise;
  const compared =
    `the predicted gain over the best measured mixture, ${gain.toPrecision(3)}, ` +
    `${wins ? 'exceeds' : 'does not exceed'} ${noiseBasis}, ${noise.toPrecision(3)}`;
  return {
    mixture: wins ? 'proposal' : 'best-observed',
    weights: wins ? proposal.weights : best.weights,
    reason: wins
      ? `${compared}; confirm by training both`
      : `${compared}: what was measured is the safer choice until both are trained`,
    gain,
    noise,
    noiseBasis,
  };
}
