// What an independent parser finds in a file: not what the file was meant to say, but what the trainer would do with it.

/**
 * error: the trainer refuses the file, or reads something else than stands there. warning: it takes the file, with an
 * effect that its writer is unlikely to want. note: worth knowing.
 */
export interface Finding {
  readonly level: 'error' | 'warning' | 'note';
  /** The place in the file, e.g. "train_data_weights[3]" or "line 2". */
  readonly where: string;
  readonly message: string;
}

export interface SourceReading {
  /** What stands for the domain in the file: a name or a location. */
  readonly key: string;
  /** As the trainer uses it, before it normalises; null where the file gives no weight. */
  readonly amount: number | null;
}

export interface PhaseReading {
  readonly name: string | null;
  /** Where it begins, in what the trainer counts (steps or tokens); 0 or 1 for the first, as the trainer wants it. */
  readonly start: number;
  readonly sources: readonly SourceReading[];
}

export interface FileReading {
  readonly findings: readonly Finding[];
  /** Empty where the file holds no weights, such as a program that reads another file of the export. */
  readonly phases: readonly PhaseReading[];
  /** Unweighted sources of the other splits, where the format has them; null for a split that is there and empty. */
  readonly splits?: { readonly valid: readonly string[] | null; readonly test: readonly string[] | null };
  /** What else in the file decides about the draws: a block size, a stopping rule, a seed. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
}
