// Rows worth a look before they are believed.
import { groupIdenticalMixtures } from '../folds.js';
import { medianOf } from '../median.js';
import type { Mixtures } from '../surrogate.js';

export interface JudgedRow {
  /** Position of the row. */
  readonly row: number;
  readonly observed: number;
  /** Out of fold. */
  readonly predicted: number;
  /** Error in multiples of its calibrated standard error. */
  readonly standardised: number;
}

const LISTED = 5;
/** Twice Iglewicz and Hoaglin's 3.5 for 0.6745 |z - median| / MAD, since surrogates' errors have heavy tails. */
const OUTLIER_LIMIT = 7;
const MINIMUM_ROWS = 10;

/** The rows predicted worst, by absolute error, worst first. */
export function worstPredicted(
  losses: ArrayLike<number>,
  outOfFold: ArrayLike<number>,
  standardised: ArrayLike<number>,
): JudgedRow[] {
  return Array.from(outOfFold, (predicted, row) => ({
    row,
    observed: losses[row]!,
    predicted,
    standardised: standardised[row]!,
  }))
    .sort((a, b) => Math.abs(b.predicted - b.observed) - Math.abs(a.predicted - a.observed) || a.row - b.row)
    .slice(0, LISTED);
}

/** Rows whose error the others' spread does not explain: a wrong join, perhaps, or a run that went wrong. */
export function findOutliers(standardised: ArrayLike<number>): number[] {
  if (standardised.length < MINIMUM_ROWS) return [];
  const middle = medianOf(standardised);
  const spread = medianOf(Array.from(standardised, (z) => Math.abs(z - middle)));
  if (!(spread > 0)) return [];
  return Array.from(standardised, (z) => (0.6745 * Math.abs(z - middle)) / spread).flatMap((score, r) =>
    score > OUTLIER_LIMIT ? [r] : [],
  );
}

export interface Replicates {
  /** Mixtures measured more than once. */
  readonly mixtures: number;
  /** Rows that measure them. */
  readonly rows: number;
  /** Pooled standard deviation of a mixture's losses, in the target's unit: what no surrogate can predict. */
  readonly noise: number;
}

/** What repeated mixtures say about the noise of one run; null where no mixture is repeated. */
export function measureReplicates(mixtures: Mixtures, losses: ArrayLike<number>): Replicates | null {
  const groups: number[][] = [];
  groupIdenticalMixtures(mixtures).forEach((label, r) => {
    groups[label] ??= [];
    groups[label].push(losses[r]!);
  });
  const repeated = groups.filter((values) => values.length > 1);
  if (repeated.length === 0) return null;
  let squared = 0;
  let rows = 0;
  for (const values of repeated) {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    for (const v of values) squared += (v - mean) * (v - mean);
    rows += values.length;
  }
  return { mixtures: repeated.length, rows, noise: Math.sqrt(squared / (rows - repeated.length)) };
}
