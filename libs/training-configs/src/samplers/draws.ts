import type { Random } from '#libs/simplex';

/** What is known of a source that a sampler draws from; undefined where it is not known. */
export interface SourceStock {
  /** The domain it stands for, for remarks. */
  readonly domain?: string;
  readonly tokens?: number;
  readonly documents?: number;
}

export interface SimulationInput {
  /** Amounts as the trainer reads them, in the order of the file; null where the file gives none. */
  readonly amounts: readonly (number | null)[];
  readonly stock: readonly SourceStock[];
  /** How many draws to simulate. */
  readonly draws: number;
  /** Tokens of a packed sequence, where that is known. */
  readonly sequenceLength?: number;
  /** Tokens of the run, where that is known. */
  readonly targetTokens?: number;
  /** The reading's settings: block size, stopping rule and the like. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  readonly random: Random;
}

/** What a trainer's sampler takes from each source. */
export interface Draws {
  /** Name of the rule, e.g. "greedy blend". */
  readonly sampler: string;
  /** What is counted: packed sequences (or tokens) of one length, or documents of each source's own length. */
  readonly counted: 'sequences' | 'documents';
  readonly counts: readonly number[];
  /** Standard deviation of each source's share of the counts over such draws; null for a deterministic sampler. */
  readonly standardErrors: readonly number[] | null;
  /** What the user should know: a source that ends the epoch, one that is never drawn. As sentences. */
  readonly remarks: readonly string[];
}
