import { groupIdenticalMixtures } from '#libs/surrogates';
import { type CombinedLosses, evaluateObjective } from './objective.js';

/** Objective per row where all its targets are finite; NaN elsewhere. */
export function observedObjective(
  objective: CombinedLosses,
  losses: Readonly<Record<string, ArrayLike<number | null>>>,
): Float64Array {
  const finite: Record<string, Float64Array> = {};
  let complete: boolean[] | undefined;
  for (const target of Object.keys(objective.targets)) {
    const values = Array.from(losses[target]!, (v) => (Number.isFinite(v) ? (v as number) : Number.NaN));
    finite[target] = Float64Array.from(values);
    complete = values.map((v, r) => Number.isFinite(v) && (complete?.[r] ?? true));
  }
  return evaluateObjective(objective, finite).map((v, r) => (complete![r] ? v : Number.NaN));
}

export interface BestObserved {
  /** First row of that mixture. */
  readonly index: number;
  /** Mean measured objective over the mixture's rows. */
  readonly objective: number;
  /** Rows averaged: more than one when the mixture was run with several seeds. */
  readonly rows: number;
}

/**
 * The mixture with the lowest mean measured objective, or null if no row has every target. Being a minimum over
 * noisy measurements, its value is optimistic. `allowed` leaves rows out, for example those above the caps.
 */
export function findBestObserved(
  mixtures: readonly ArrayLike<number>[],
  objective: Float64Array,
  allowed: (row: number) => boolean = () => true,
): BestObserved | null {
  const sums = new Map<number, { index: number; sum: number; rows: number }>();
  const labels = groupIdenticalMixtures(mixtures);
  objective.forEach((value, r) => {
    if (!Number.isFinite(value) || !allowed(r)) return;
    const group = sums.get(labels[r]!) ?? { index: r, sum: 0, rows: 0 };
    group.sum += value;
    group.rows += 1;
    sums.set(labels[r]!, group);
  });
  let best: BestObserved | null = null;
  for (const { index, sum, rows } of sums.values()) {
    if (best === null || sum / rows < best.objective) best = { index, objective: sum / rows, rows };
  }
  return best;
}
