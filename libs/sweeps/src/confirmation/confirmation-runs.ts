import type { SweepSpecification } from '#libs/contracts';
import { readBaseline } from '#libs/proposals';
import { fidelityNamed } from '../complete-specification.js';
import type { SweepContext } from '../context.js';
import type { RecordedFit } from '../fits/run-fit.js';
import { newRun } from '../new-run.js';
import { fittedTargets, objectiveOf } from '../objective-value.js';
import type { RunRecord, SweepRecord } from '../ports/records.js';

/** Mixtures of the confirmation round: proposal, best observed, natural, uniform, and a baseline where there is one. */
export function confirmationArms({ baseline }: Pick<SweepSpecification, 'baseline'>): number {
  return baseline ? 5 : 4;
}

/** The runs that test the proposal against the best measured mixture, natural, uniform and the sweep's own baseline. */
export function confirmationRuns(
  context: SweepContext,
  sweep: SweepRecord,
  { fit, outcome, gathered }: Pick<RecordedFit, 'fit' | 'outcome' | 'gathered'>,
  roundId: string,
  firstIndex: number,
): RunRecord[] {
  const { domains } = gathered.evidence;
  const { confirmation, fidelities, maxAttempts, seed, baseline } = sweep.specification;
  const best = bestObserved(sweep, fittedTargets(sweep, fit), gathered);
  const arms = [
    // An abstention proposes nothing: its weights are the natural ones, which are trained anyway.
    ...(outcome.abstained === null
      ? [{ role: 'proposal' as const, weights: domains.map((name) => outcome.weights[name] ?? 0) }]
      : []),
    ...(best ? [{ role: 'best-observed' as const, weights: best.weights }] : []),
    { role: 'natural' as const, weights: sweep.prior },
    { role: 'uniform' as const, weights: domains.map(() => 1 / domains.length) },
    ...(baseline ? [{ role: 'baseline' as const, weights: readBaseline(domains, baseline) }] : []),
  ];
  const fidelity = fidelityNamed(fidelities, confirmation?.fidelity);
  // Fresh seeds, the same for every arm: differences are taken seed by seed. Seed by seed in the queue as well, so
  // that a sweep cut short still has pairs.
  return Array.from({ length: confirmation?.seeds ?? 0 }, (_, k) => seed + 1 + k).flatMap((runSeed, k) =>
    arms.map(({ role, weights }, a) =>
      newRun(context, {
        sweepId: sweep.id,
        roundId,
        index: firstIndex + k * arms.length + a,
        role,
        weights,
        fidelity,
        seed: runSeed,
        maxAttempts,
      }),
    ),
  );
}

/** The run whose measured objective is lowest; none when no run has every target of the objective. */
function bestObserved(
  sweep: SweepRecord,
  targets: readonly string[],
  { runs, evidence }: RecordedFit['gathered'],
): RunRecord | undefined {
  const { objective } = sweep.specification;
  let best: { run: RunRecord; value: number } | undefined;
  runs.forEach((run, r) => {
    const losses = Object.fromEntries(targets.map((target) => [target, evidence.losses[target]![r]!]));
    const value = objectiveOf(objective, targets, losses);
    if (value < (best?.value ?? Number.POSITIVE_INFINITY)) best = { run, value };
  });
  return best?.run;
}
