// What a mixture is judged by. With targets t, weights v_t >= 0 and losses L_t:
//   weighted-mean  sum_t v_t L_t / sum_t v_t
//   worst-case     max_t (v_t / mean v) L_t, over targets with v_t > 0; equal weights give the largest loss itself
import { InvalidInputError, requireNumber } from '#libs/simplex';

export const combinations = ['weighted-mean', 'worst-case'] as const;

export interface Objective {
  /** Weight by target; targets not named do not count. */
  readonly targets: Readonly<Record<string, number>>;
  readonly combine: (typeof combinations)[number];
}

/** The known name nearest to `name` in edit distance, if it is near enough to be a slip of the keyboard. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of known) {
    // A target is often remembered by part of its name, so containing it counts as close.
    const edits = candidate.toLowerCase().includes(name.toLowerCase()) ? 1 : editDistance(name, candidate);
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
  }
  return best !== undefined && fewest <= Math.max(2, Math.ceil(best.length / 3)) ? best : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitute));
    }
    previous = row;
  }
  return previous[b.length]!;
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

/** The objective given, checked, or the equal-weighted mean of all targets. Throws TARGET_UNKNOWN or OBJECTIVE_INVALID. */
export function resolveObjective(given: Objective | undefined, known: readonly string[]): Objective {
  if (!given) return { targets: Object.fromEntries(known.map((name) => [name, 1])), combine: 'weighted-mean' };
  if (!combinations.includes(given.combine)) {
    throw new InvalidInputError(
      'OBJECTIVE_INVALID',
      `combine must be ${combinations.join(' or ')}; got ${given.combine}`,
      {
        argument: 'combine',
        value: given.combine,
        allowed: combinations.join(', '),
      },
    );
  }
  let total = 0;
  for (const [target, weight] of Object.entries(given.targets)) {
    assertTarget(target, known);
    total += requireNumber(`the objective's weight of "${target}"`, weight, { min: 0 });
  }
  if (!(total > 0)) {
    throw new InvalidInputError('OBJECTIVE_INVALID', 'the objective gives no target a positive weight', {
      argument: 'targets',
      allowed: 'at least one weight in (0, inf)',
    });
  }
  const targets = Object.fromEntries(Object.entries(given.targets).filter(([, weight]) => weight > 0));
  return { targets, combine: given.combine };
}

/** The objective of each of n rows from the losses by target; every target of the objective must be present. */
export function evaluateObjective(
  objective: Objective,
  losses: Readonly<Record<string, ArrayLike<number>>>,
): Float64Array {
  const entries = Object.entries(objective.targets);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  const worst = objective.combine === 'worst-case';
  const scale = worst ? entries.length / total : 1 / total;
  const n = losses[entries[0]![0]]!.length;
  const out = new Float64Array(n).fill(worst ? -Infinity : 0);
  for (const [target, weight] of entries) {
    const values = losses[target]!;
    for (let r = 0; r < n; r++) {
      const value = weight * scale * values[r]!;
      out[r] = worst ? Math.max(out[r]!, value) : out[r]! + value;
    }
  }
  return out;
}
