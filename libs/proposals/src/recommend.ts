// The predicted optimum often loses to the best measured mixture: an optimiser seeks out the places where the fit errs
// in its favour. So the best measured mixture is recommended unless the predicted gain over it exceeds the noise, and
// always where the fit extrapolates to reach the proposal: there its errors are of unknown size.
//   gain   predicted objective of the best measured mixture minus that of the proposal: predictions on both sides,
//          since the best of n noisy measurements is optimistic as well
//   noise  the largest of: the standard error of a difference of two out-of-fold predictions, among the third of the
//          runs predicted best; sqrt(2) times the noise between runs of one mixture, where there are such; and where
//          the runs say nothing of one of the two, the fit's own standard errors of both
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
  readonly proposal: Candidate;
  /** The best measured mixture that satisfies the constraints. */
  readonly best: ObservedMixture | null;
  /** Natural, where it satisfies the constraints. */
  readonly natural: Candidate | null;
  /** Why the fit is not to be trusted at the proposal, in words; empty where it interpolates. */
  readonly extrapolates: readonly string[];
  /** Whether the constraints admit one mixture alone. */
  readonly onlyMixture: boolean;
}

interface Candidate {
  readonly weights: Weights;
  readonly objective: LossEstimate;
}

interface Alternative extends Candidate {
  readonly mixture: 'best-observed' | 'natural';
  readonly title: string;
}

/** @param unsupported whether the runs around neither of the two say how wrong the fit may be */
function noiseOf(evidence: Evidence, a: LossEstimate, b: LossEstimate, unsupported: boolean): Noise {
  const { mixtures, measured, residuals } = evidence;
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
  if (unsupported || candidates.length === 0) {
    const [s, t] = [a.standardError ?? 0, b.standardError ?? 0];
    const basis = 'the standard errors that the fit gives the two mixtures';
    candidates.push({ value: Math.sqrt(s * s + t * t), basis });
  }
  return candidates.reduce((largest, other) => (other.value > largest.value ? other : largest));
}

const shown = (value: number) => value.toPrecision(3);

function isSame(a: Weights, b: Weights): boolean {
  return Object.keys(a).every((domain) => Math.abs(a[domain]! - b[domain]!) <= 1e-6);
}

/**
 * What to fall back on: the best measured mixture, unless natural, which needs no fit to be trusted, is predicted to be
 * better by more than the noise: within tight constraints the best measured mixture may be a poor one.
 */
function alternativeTo(evidence: Evidence): Alternative | null {
  const { best, natural } = evidence;
  const measured: Alternative | null = best && {
    mixture: 'best-observed',
    weights: best.weights,
    objective: best.predictedObjective,
    title: 'the best measured mixture',
  };
  if (!natural) return measured;
  const asNatural = { ...natural, mixture: 'natural' as const };
  if (!measured) return { ...asNatural, title: 'natural, as no measured mixture satisfies the constraints' };
  if (isSame(measured.weights, natural.weights)) {
    return { ...asNatural, title: 'the best measured mixture, which is the natural one' };
  }
  const lead = measured.objective.mean - natural.objective.mean;
  if (lead <= noiseOf(evidence, natural.objective, measured.objective, true).value) return measured;
  const title = `natural, which is predicted ${shown(lead)} below the best measured mixture within the constraints`;
  return { ...asNatural, title };
}

/** Which mixture to train, and why. */
export function recommend(evidence: Evidence): Recommendation {
  const { abstained, proposal, extrapolates, onlyMixture } = evidence;
  const uncompared = { weights: proposal.weights, gain: null, noise: null, noiseBasis: null, comparedWith: null };
  if (abstained) {
    const reason = 'nothing tells the mixtures apart, so there is no reason to leave the natural one';
    return { mixture: 'natural', reason, ...uncompared, extrapolates: [] };
  }
  if (onlyMixture) {
    const reason = 'the constraints admit this mixture alone';
    return { mixture: 'proposal', reason, ...uncompared, extrapolates };
  }
  const alternative = alternativeTo(evidence);
  if (!alternative) {
    const care = extrapolates.map((why) => `; ${why}: measure mixtures within the constraints before a large run`);
    const reason = `neither natural nor any measured mixture satisfies the constraints, so there is none to fall back on`;
    return { mixture: 'proposal', reason: reason + care.slice(0, 1).join(''), ...uncompared, extrapolates };
  }
  const { mixture, weights, objective, title } = alternative;
  const gain = objective.mean - proposal.objective.mean;
  const unsupported = extrapolates.length > 0 || mixture === 'natural';
  const { value: noise, basis: noiseBasis } = noiseOf(evidence, proposal.objective, objective, unsupported);
  const rest = { gain, noise, noiseBasis, comparedWith: mixture, extrapolates };
  if (isSame(weights, proposal.weights)) {
    return { mixture, weights, reason: `the proposal is ${title}`, ...rest };
  }
  const wins = gain > noise && extrapolates.length === 0;
  if (wins) {
    const reason =
      `the predicted gain over ${title}, ${shown(gain)}, exceeds ${noiseBasis}, ${shown(noise)}; ` +
      'confirm by training both';
    return { mixture: 'proposal', weights: proposal.weights, reason, ...rest };
  }
  const reason =
    gain > noise
      ? `the predicted gain of the proposal over ${title}, ${shown(gain)}, is not relied on: ` +
        `${extrapolates.join(', and ')}. Train both before believing it`
      : `the predicted gain over ${title}, ${shown(gain)}, does not exceed ${noiseBasis}, ${shown(noise)}: ` +
        `${mixture === 'natural' ? 'natural' : 'what was measured'} is the safer choice until both are trained`;
  return { mixture, weights, reason, ...rest };
}
