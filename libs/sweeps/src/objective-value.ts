import type { ObjectiveSpec } from '#libs/contracts';
import { evaluateObjective } from '#libs/proposals';
import type { FitRecord, SweepRecord } from './ports/records.js';

/** The targets that an objective which names none counts: those that the sweep's fit could be made of. */
export function fittedTargets({ targets }: SweepRecord, fit: Pick<FitRecord, 'unfitted'> | null): string[] {
  return targets.filter((target) => !Object.hasOwn(fit?.unfitted ?? {}, target));
}

/** The weights of the objective's targets, summing to 1: all targets equally unless the caller named some. */
export function objectiveWeights(objective: ObjectiveSpec, targets: readonly string[]): Record<string, number> {
  const chosen = objective.targets ?? Object.fromEntries(targets.map((target) => [target, 1]));
  const total = Object.values(chosen).reduce((sum, weight) => sum + weight, 0);
  return Object.fromEntries(Object.entries(chosen).map(([target, weight]) => [target, weight / total]));
}

/** The objective of one run, nats per token, by the same rule that the proposal optimises. */
export function objectiveOf(
  objective: ObjectiveSpec,
  targets: readonly string[],
  losses: Readonly<Record<string, number>>,
): number {
  const weights = objectiveWeights(objective, targets);
  const columns = Object.fromEntries(Object.keys(weights).map((target) => [target, [losses[target] ?? Number.NaN]]));
  return evaluateObjective({ targets: weights, combine: objective.combine }, columns)[0]!;
}
