// Asynchronous successive halving: of the runs that reached a rung the best 1 / reduction go on; another goes on as
// long as its predicted end may still be among them.
//   k = ceil(n / reduction) of the n runs at the rung are kept
//   q = the k-th lowest predicted end among the other runs:  P(run among the best k) = Phi((q - m) / sqrt(s^2 + s_q^2))
// Reference: Li et al., "A system for massively parallel hyperparameter tuning" (2020), section 3.2; the probability is
// that of a comparison with the run that stands at the threshold, a little kinder than one with the k-th best of all.
// Failure modes: with few runs at the rung the threshold may belong to bad runs: the better ones that come later find it
// lower. Runs that were stopped stand where they were predicted to end, so the threshold does not depend on who was
// stopped.
import type { EarlyStopping } from '#libs/contracts';
import type { FinalLoss } from '#libs/mixing-laws';
import { normalCumulative } from '#libs/simplex';

/** Means that differ by less, relatively, are equal: one was summed in another order. */
const ROUNDING = 1e-9;

/** A run at a rung: where its objective is predicted to end; null where nothing can be said. */
export type Predicted = Pick<FinalLoss, 'mean' | 'ownError'> | null;

export interface HalvingVerdict {
  stop: boolean;
  /** Of ending among the best, by the rule above; null where it was not judged. */
  probability: number | null;
  /** Runs at the rung of which something is known, the judged one included, and how many of them are kept. */
  reached: number;
  kept: number;
}

/** @param own position of the judged run in `runs` */
export function decideHalving(runs: readonly Predicted[], own: number, settings: EarlyStopping): HalvingVerdict {
  const { reduction, minimumRuns, keepProbability } = settings;
  const known = runs.filter((run) => run !== null);
  const reached = known.length;
  const kept = Math.ceil(reached / reduction);
  const self = runs[own] ?? null;
  if (self === null || reached < minimumRuns || reached < 2) return { stop: false, probability: null, reached, kept };
  const others = runs.filter((run, i) => run !== null && i !== own).map((run) => run!);
  others.sort((a, b) => a.mean - b.mean || b.ownError - a.ownError);
  const threshold = others[Math.min(kept, others.length) - 1]!;
  const error = Math.sqrt(self.ownError * self.ownError + threshold.ownError * threshold.ownError);
  const ahead = threshold.mean - self.mean;
  const probability = normalCumulative(ahead / Math.max(error, ROUNDING * Math.abs(self.mean), Number.MIN_VALUE));
  return { stop: probability < keepProbability, probability, reached, kept };
}

/**
 * A run stopped after this share of its steps would save little, and its final loss is worth more to the fit: with a
 * rung at 0.9, sweeps of RegMix's runs at equal cost ordered unseen mixtures worse.
 */
const LAST_RUNG = 2 / 3;

/** Where the runs of a training of so many steps are judged: at their first evaluation from each of these steps on. */
export function rungSteps(totalSteps: number, { firstRung, reduction }: EarlyStopping): number[] {
  const rungs: number[] = [];
  for (let share = firstRung; share < 1; share *= reduction) {
    if (share > LAST_RUNG && rungs.length > 0) break;
    const step = Math.ceil(share * totalSteps - 1e-9);
    if (step < totalSteps) rungs.push(step);
  }
  return rungs;
}
