import type { LossEstimates } from './proposal-document.js';

/** The smallest, the middle and the largest measured loss of a target. */
export interface ObservedRange {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** An optimum lies below what was measured, or nothing is gained; further than this share of the way it has to go. */
const FAR = 0.25;

/** A predicted loss that no measured run came near. */
export interface BeyondMeasured extends ObservedRange {
  readonly target: string;
  readonly mean: number;
  /** Whether it lies beyond by more than a quarter of the way from the median to the outermost run. */
  readonly far: boolean;
}

export function observedRange(losses: ArrayLike<number | null>, rows: readonly number[]): ObservedRange {
  const sorted = Float64Array.from(rows, (r) => losses[r]!).sort();
  return { least: sorted[0]!, median: sorted[sorted.length >> 1]!, most: sorted.at(-1)! };
}

/** Targets whose prediction lies more than its standard error beyond every measured run. */
export function beyondMeasured(
  predicted: LossEstimates,
  observed: Readonly<Record<string, ObservedRange>>,
): BeyondMeasured[] {
  return Object.entries(predicted).flatMap(([target, { mean, standardError, signal }]) => {
    const { least, median, most } = observed[target]!;
    const beyond = Math.max(least - mean, mean - most);
    if (!signal || beyond <= (standardError ?? 0)) return [];
    const far = beyond > FAR * (mean < least ? median - least : most - median) || (mean <= 0 && least > 0);
    return [{ target, mean, least, median, most, far }];
  });
}
