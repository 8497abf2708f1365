import { InvalidInputError } from '#libs/simplex';

/** A text and how messages speak of it: usually a file's name. */
export interface LabelledText {
  readonly label: string;
  readonly text: string;
}

/** The most that a reader takes before it gives up, where the text comes from a stranger. */
export interface TableLimits {
  readonly runs: number;
  readonly domains: number;
  readonly targets: number;
}

/** Throws TABLE_TOO_LARGE. */
export function assertSize(label: string, what: keyof TableLimits, size: number, limit: number | undefined): void {
  if (limit === undefined || size <= limit) return;
  const message = `${label} has more than ${limit} ${what}`;
  throw new InvalidInputError('TABLE_TOO_LARGE', message, { argument: label, allowed: `at most ${limit} ${what}` });
}

/** Finished runs as the fits take them. */
export interface RunTable {
  /** m names, in the order of the weights. */
  readonly domains: readonly string[];
  /** n rows of m weights in [0, 1], each summing to 1. */
  readonly mixtures: readonly number[][];
  /** n values per target; NaN where a run did not measure it, NaN or infinity where it diverged. */
  readonly losses: Readonly<Record<string, Float64Array>>;
  /** By target, the rows of `losses` of which nothing was measured: what is NaN elsewhere diverged. */
  readonly unmeasured: Readonly<Record<string, readonly number[]>>;
  /** n distinct names of runs. */
  readonly ids: readonly string[];
  /** The column that the ids are from; "a = b" when the two tables name it differently, "line" when lines have no id. */
  readonly joinedOn: string;
  /** Rows whose sum differed from 1, or 100, by more than rounding to six decimals, and were divided by it. */
  readonly renormalised: number;
  /** Ids found in one table alone, or whose weights are incomplete. */
  readonly unmatched: { readonly weights: readonly string[]; readonly losses: readonly string[] };
  /** What was mended or left out, in sentences that name the place. */
  readonly notes: readonly string[];
}
