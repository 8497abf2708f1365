// What a mixture is judged by. With targets t, weights v_t >= 0 and losses L_t:
//   weighted-mean  sum_t v_t L_t / sum_t v_t
//   worst-case     max_t (v_t / mean v) L_t, over targets with v_t > 0; equal weights give the largest loss itself
// What is minimised may add to it: uncertainty kappa times the standard error, klStrength lambda times
// KL(p || natural), and the price of repetition (repetition-law.ts). Predictions are shown without these.
import { InvalidInputError, requireNumber } from '#libs/simplex';
import { closestName } from './closest-name.js';

export const combinations = ['weighted-mean', 'worst-case'] as const;

/** How losses combine to one number. */
export interface CombinedLosses {
  /** Weight by target; targets not named do not count. */
  readonly targets: Readonly<Record<string, number>>;
  readonly combine: (typeof combinations)[number];
}

/** What a caller may say; everything has a default. */
export interface ObjectiveInput {
  /** Default: every target, weighted equally. */
  readonly targets?: Readonly<Record<string, number>>;
  /** Default "weighted-mean". */
  readonly combine?: (typeof combinations)[number];
  /** kappa >= 0: the mean plus kappa standard errors is minimised. Default 0. */
  readonly uncertainty?: number;
  /** lambda >= 0, in the objective's unit per nat of KL(p || natural). Default 0. */
  readonly klStrength?: number;
  /** Whether the loss of repeating text is part of what is minimised. Needs tokens. Default false. */
  readonly repetition?: boolean;
}

export interface Objective extends CombinedLosses {
  readonly uncertainty: number;
  readonly klStrength: number;
  readonly repetition: boolean;
}

/** Throws TARGET_UNKNOWN, listing the targets there are and suggesting the closest. */
export function assertTarget(target: string, known: readonly string[]): void {
  if (known.includes(target)) return;
  const closest = closestName(target, known);
  const hint = closest === undefined ? '' : ` Did you mean "${closest}"?`;
  throw new InvalidInputError('TARGET_UNKNOWN', `unknown target "${target}".${hint} Targets: ${known.join(', ')}`, {
    argument: 'target',
    value: target,
    allowed: known.join(', '),
    closest: closest ?? null,
  });
}

/** The objective given, checked, with its defaults. Throws TARGET_UNKNOWN, OBJECTIVE_INVALID or OUT_OF_RANGE. */
export function resolveObjective(given: ObjectiveInput | undefined, known: readonly string[]): Objective {
  const { combine = 'weighted-mean', repetition = false } = given ?? {};
  if (!combinations.includes(combine)) {
    throw new InvalidInputError('OBJECTIVE_INVALID', `combine must be ${combinations.join(' or ')}; got ${combine}`, {
      argument: 'combine',
      value: combine,
      allowed: combinations.join(', '),
    });
  }
  return {
    targets: resolveTargets(given?.targets, known),
    combine,
    uncertainty: requireNumber('uncertainty', given?.uncertainty ?? 0, { min: 0 }),
    klStrength: requireNumber('klStrength', given?.klStrength ?? 0, { min: 0 }),
    repetition,
  };
}

/** The targets of positive weight. Throws TARGET_UNKNOWN, OUT_OF_RANGE or OBJECTIVE_INVALID when none is left. */
export function resolveTargets(given: ObjectiveInput['targets'], known: readonly string[]): Record<string, number> {
  if (!given) return Object.fromEntries(known.map((name) => [name, 1]));
  let total = 0;
  for (const [target, weight] of Object.entries(given)) {
    assertTarget(target, known);
    total += requireNumber(`the objective's weight of "${target}"`, weight, { min: 0 });
  }
  if (!(total > 0)) {
    throw new InvalidInputError('OBJECTIVE_INVALID', 'the objective gives no target a positive weight', {
      argument: 'targets',
      allowed: 'at least one weight in (0, inf)',
    });
  }
  return Object.fromEntries(Object.entries(given).filter(([, weight]) => weight > 0));
}

/** Targets that the objective names with a positive weight, and those of any group. */
export function targetsAsked(
  objective: Pick<ObjectiveInput, 'targets'> | undefined,
  pareto: { readonly groups: Readonly<Record<string, Readonly<Record<string, number>>>> } | undefined,
): string[] {
  const counted = Object.entries(objective?.targets ?? {}).filter(([, weight]) => weight > 0);
  const grouped = Object.values(pareto?.groups ?? {}).flatMap((group) => Object.keys(group));
  return [...new Set([...counted.map(([target]) => target), ...grouped])];
}

/** TARGET_UNFITTED: why nothing can be predicted of this target. */
export function unfittedTarget(target: string, reason: string): InvalidInputError {
  return new InvalidInputError(
    'TARGET_UNFITTED',
    `target "${target}" has no fit, so no proposal can count it: ${reason}. Leave it out of the objective and the groups`,
    { argument: 'objective', value: target, allowed: 'targets that could be fitted' },
  );
}

/** What each target's loss is multiplied by, in the order of `targets`. */
export function objectiveShares({ targets, combine }: CombinedLosses): number[] {
  const weights = Object.values(targets);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight * (combine === 'worst-case' ? weights.length / total : 1 / total));
}

/** The objective of each of n rows from the losses by target; every target of the objective must be present. */
export function evaluateObjective(
  objective: CombinedLosses,
  losses: Readonly<Record<string, ArrayLike<number>>>,
): Float64Array {
  const names = Object.keys(objective.targets);
  const shares = objectiveShares(objective);
  const worst = objective.combine === 'worst-case';
  const n = losses[names[0]!]!.length;
  const out = new Float64Array(n).fill(worst ? -Infinity : 0);
  names.forEach((target, t) => {
    const values = losses[target]!;
    for (let r = 0; r < n; r++) {
      const value = shares[t]! * values[r]!;
      out[r] = worst ? Math.max(out[r]!, value) : out[r]! + value;
    }
  });
  return out;
}
