// One target that cannot be fitted costs the others nothing: it is left out, with the reason.
import { InvalidInputError } from '#libs/simplex';

/** Instead of a fit: why there is none. */
export interface Unfitted {
  readonly unfitted: string;
}

/** What a target's own losses can be guilty of. */
const ofTheLosses = new Set(['TOO_FEW_ROWS', 'LOSSES_TOO_LARGE']);

export interface Gathered<T> {
  readonly fits: Readonly<Record<string, T>>;
  /** Why each of the other targets could not be fitted. */
  readonly unfitted: Readonly<Record<string, string>>;
}

/**
 * What `work` returns, or why this target cannot be fitted: too few rows, or numbers that the arithmetic cannot hold.
 * Mistakes in the settings and in the shapes concern every target alike and are thrown.
 */
export function orUnfitted<T>(work: () => T): T | Unfitted {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) return { unfitted: `its fit failed: ${(error as Error).message}` };
    if (ofTheLosses.has(error.code)) return { unfitted: error.message };
    throw error;
  }
}

/** Fits apart from failures. Throws TARGETS_UNFITTABLE, naming every target and its reason, where there is no fit. */
export function gatherFits<T extends object>(outcomes: Readonly<Record<string, T | Unfitted>>): Gathered<T> {
  const fits: Record<string, T> = {};
  const unfitted: Record<string, string> = {};
  for (const [target, outcome] of Object.entries(outcomes)) {
    if ('unfitted' in outcome) unfitted[target] = outcome.unfitted;
    else fits[target] = outcome;
  }
  const reasons = Object.entries(unfitted).map(([target, reason]) => `"${target}": ${reason}`);
  if (reasons.length > 0 && Object.keys(fits).length === 0) {
    throw new InvalidInputError('TARGETS_UNFITTABLE', `no target can be fitted: ${reasons.join('; ')}`, {
      argument: 'losses',
      targets: unfitted,
      allowed: 'at least one target that can be fitted',
    });
  }
  return { fits, unfitted };
}
