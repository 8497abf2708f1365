// Does the order of mixtures at a small scale say anything about their order at a larger one?
// Spearman's rank correlation between two fidelities over the mixtures trained at both, against what chance reaches
// in 1% of cases. Every law of this library carries an order from small scales to large ones; where the measured
// orders are unrelated, no law can: abstain.
// Failure modes: below 5 shared mixtures nothing can be told ('unknown'), which is not the same as no signal.
import { chanceSpearman, spearman } from '#libs/surrogates';
import { lossesAtTokens, type TargetRows } from './nested-law.js';

export type SignalVerdict = 'present' | 'absent' | 'unknown';

export interface ScaleSignal {
  readonly verdict: SignalVerdict;
  readonly reason: string;
  /** Mixtures measured at both. */
  readonly shared: number;
  readonly spearman: number | null;
  /** What chance exceeds in 1% of cases; null below 5 mixtures. */
  readonly threshold: number | null;
}

/** Compares losses of the same mixtures at two fidelities; NaN marks a mixture not measured there. */
export function compareFidelities(small: ArrayLike<number>, large: ArrayLike<number>): ScaleSignal {
  const both = Array.from({ length: Math.min(small.length, large.length) }, (_, i) => i).filter(
    (i) => !Number.isNaN(small[i]!) && !Number.isNaN(large[i]!),
  );
  const shared = both.length;
  const chance = chanceSpearman(shared);
  if (chance === Infinity) {
    const reason = `${shared} mixtures measured at both scales are too few to tell (5 are needed)`;
    return { verdict: 'unknown', reason, shared, spearman: null, threshold: null };
  }
  const rho = spearman(
    both.map((i) => small[i]!),
    both.map((i) => large[i]!),
  );
  const against = `${chance.toFixed(3)}, what chance reaches in 1% of cases with ${shared} mixtures`;
  if (rho === null) {
    const reason = 'the losses of one scale are all the same: there is no order to carry over';
    return { verdict: 'absent', reason, shared, spearman: null, threshold: chance };
  }
  return rho > chance
    ? {
        verdict: 'present',
        reason: `rank correlation ${rho.toFixed(3)} exceeds ${against}`,
        shared,
        spearman: rho,
        threshold: chance,
      }
    : {
        verdict: 'absent',
        reason: `rank correlation ${rho.toFixed(3)} does not exceed ${against}`,
        shared,
        spearman: rho,
        threshold: chance,
      };
}

export interface FidelityPair extends ScaleSignal {
  readonly small: number;
  readonly large: number;
}

/**
 * All pairs of sizes for one objective: a weighted mean of targets, at D tokens (measured there, or continued).
 * A mixture counts at a size when all the targets with weight are known.
 */
export function signalAcrossSizes(rows: TargetRows, tokens: number, weights: ArrayLike<number>): FidelityPair[] {
  const { losses } = lossesAtTokens(rows, tokens);
  const sizes = [...new Set(losses.map(({ size }) => size))].sort((a, b) => a - b);
  const u = rows.mixtures.length;
  let wanted = 0;
  for (let v = 0; v < weights.length; v++) if (weights[v]! > 0) wanted++;
  const objective = sizes.map((size) => {
    const sum = new Float64Array(u);
    const seen = new Int32Array(u);
    for (const row of losses) {
      if (row.size !== size || !(weights[row.target]! > 0)) continue;
      sum[row.mixture]! += weights[row.target]! * row.loss;
      seen[row.mixture]!++;
    }
    return sum.map((value, i) => (seen[i] === wanted ? value : Number.NaN));
  });
  const pairs: FidelityPair[] = [];
  sizes.forEach((large, j) => {
    for (let i = 0; i < j; i++) {
      pairs.push({ small: sizes[i]!, large, ...compareFidelities(objective[i]!, objective[j]!) });
    }
  });
  return pairs;
}

/**
 * The verdict for carrying an order beyond the largest size: that of the largest size with the next below it, the
 * step most like the one asked for. Pairs that cannot tell are passed over; 'unknown' when none can.
 */
export function overallSignal(pairs: readonly FidelityPair[]): ScaleSignal {
  const byRelevance = [...pairs].sort((a, b) => b.large - a.large || b.small - a.small);
  return (
    byRelevance.find(({ verdict }) => verdict !== 'unknown') ??
    byRelevance[0] ?? {
      verdict: 'unknown',
      reason: 'one size only: whether its order holds at another is not measured',
      shared: 0,
      spearman: null,
      threshold: null,
    }
  );
}
