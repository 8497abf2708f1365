import type { TargetRows } from '#libs/mixing-laws';

/** Runs read from long or wide files, as the laws take them. */
export interface LawTable {
  readonly format: 'long' | 'wide';
  readonly domains: readonly string[];
  /** Rows with a loss, in file order. */
  readonly rows: TargetRows;
  /** A name for each mixture: its first run, or its label. */
  readonly labels: readonly string[];
  /** False for a mixture whose weights cannot be used (its label does not sum to 1): its losses over steps still can. */
  readonly usable: readonly boolean[];
  /** Whether parameters and tokens were given; where not, all are 1. */
  readonly sizesKnown: boolean;
  readonly tokensKnown: boolean;
  /** 'tokens', or 'steps' where steps were not converted. */
  readonly tokenUnit: 'tokens' | 'steps';
  /** What each column was taken for, in words. */
  readonly roles: readonly string[];
  readonly notes: readonly string[];
}

/** One loss as read. NaN loss: the row asks for a prediction only. */
export interface ReadLoss {
  readonly key: string;
  readonly label: string;
  readonly weights: readonly number[] | null;
  readonly size: number | null;
  readonly tokens: number | null;
  readonly target: string;
  readonly loss: number;
  /** File and row, for the list of predictions. */
  readonly place: string;
}

export interface ReadFile {
  readonly format: 'long' | 'wide';
  readonly domains: readonly string[];
  readonly losses: readonly ReadLoss[];
  readonly roles: readonly string[];
  readonly notes: readonly string[];
}
