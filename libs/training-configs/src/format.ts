import type { CanonicalProposal } from './canonical-proposal.js';

export interface ExportedFile {
  /** File name, relative to the folder of the export. */
  readonly path: string;
  /** UTF-8 text. */
  readonly content: string;
}

/** Values of a format's options: text, or a list of texts where the option says so. */
export type ExportOptions = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface OptionDescription {
  readonly kind: 'text' | 'list';
  readonly description: string;
}

/** A domain that is written: its weight is above 0 wherever the trainer wants that. */
export interface ExportEntry {
  readonly domain: string;
  /** What stands for the domain in the file: its name, or its location. Unique within an export. */
  readonly key: string;
  /** Token share, in (0, 1] or [0, 1] if the format keeps zeros. */
  readonly weight: number;
  readonly epochs?: number;
  readonly tokens?: number;
}

/** What a writer gets: weights checked, keys resolved, zeros dropped where the trainer refuses them. */
export interface ExportPlan {
  readonly proposal: CanonicalProposal;
  readonly entries: readonly ExportEntry[];
  readonly dropped: readonly { readonly domain: string; readonly weight: number }[];
  readonly warnings: readonly string[];
  readonly options: ExportOptions;
}

/** What a parser found in one split of one file; null where the file gives no weight. */
export type ParsedSplit = readonly { readonly key: string; readonly weight: number | null }[] | null;

export interface ParsedFile {
  readonly train: ParsedSplit;
  readonly valid?: ParsedSplit;
  readonly test?: ParsedSplit;
}

/** One trainer's way to take weights. `parse` is written from the trainer's rules and shares no code with `write`. */
export interface TrainingConfigFormat {
  readonly name: string;
  readonly description: string;
  /** What the trainer needs besides the weights, as a sentence for help texts. */
  readonly needs: string;
  readonly options: Readonly<Record<string, OptionDescription>>;
  /** Whether a weight of 0 may be written; otherwise such domains are dropped, and that is said. */
  readonly zeros: 'kept' | 'dropped';
  /** The most domains that the trainer takes. */
  readonly maxDomains: number;
  /** What stands for the domain in this format. Throws InvalidInputError when it cannot be told or is not legal. */
  key(weight: CanonicalProposal['weights'][number], options: ExportOptions): string;
  write(plan: ExportPlan): ExportedFile[];
  /** Every file of the export, by path. Throws on anything that the trainer would refuse or misread. */
  parse(files: readonly ExportedFile[]): Readonly<Record<string, ParsedFile>>;
}
