// Of many domains a reader needs the largest, and those that do not get what the weights ask for.

/** Up to so many rows are shown whole. */
const MOST_ROWS = 12;
const LARGEST = 8;

interface Realised {
  /** Share of the tokens that the weights ask for; null where it is not known. */
  readonly target: number | null;
  readonly realised: number | null;
  readonly standardError: number | null;
}

/** More than 5 % away, and further than the draws themselves scatter. */
export function missesTarget({ target, realised, standardError }: Realised, draws: number | null): boolean {
  if (realised === null || target === null) return false;
  const gap = Math.abs(realised - target);
  return gap > 0.05 * target && gap > 3 * (standardError ?? 0) && gap > 1.5 / (draws ?? 1);
}

/** Rows with the largest first: all of few; of many the largest and the largest of those off target. */
export function worthShowing<T>(rows: readonly T[], size: (row: T) => number, isOff: (row: T) => boolean): T[] {
  const sorted = [...rows].sort((a, b) => size(b) - size(a));
  if (sorted.length <= MOST_ROWS) return sorted;
  const off = new Set(sorted.filter(isOff).slice(0, LARGEST));
  return sorted.filter((row, i) => i < LARGEST || off.has(row));
}
