import type { ExportOptions, OptionDescriptions, OptionValues } from './export/options.js';
import type { Unit } from './export/units.js';
import type { CanonicalDomain, CanonicalProposal } from './proposal/canonical-proposal.js';
import type { FileReading } from './reading/reading.js';
import type { Draws, SimulationInput } from './samplers/draws.js';

export interface ExportedFile {
  /** File name, relative to the folder of the export. */
  readonly path: string;
  /** UTF-8 text. */
  readonly content: string;
}

/** A domain that is written: its weight is above 0 wherever the trainer wants that. */
export interface ExportEntry extends CanonicalDomain {
  /** What stands for the domain in the file: its name, or its location. Unique within a phase. */
  readonly key: string;
  /** Share of the phase's training tokens, in (0, 1], or [0, 1] if the format keeps zeros. */
  readonly weight: number;
  /** The weight in the format's unit. */
  readonly amount: number;
  /** `amount` as fixed decimals, at least 12 and never an exponent; those of a phase sum to exactly 1 in units of shares. */
  readonly text: string;
  /** Passes over the domain in this phase; undefined unless tokens and the length of the run are known. */
  readonly epochs?: number;
}

export interface PlannedPhase {
  readonly name: string;
  /** Share of the run's tokens that precede it. */
  readonly start: number;
  /** Length in tokens, where the run's is known. */
  readonly tokens?: number;
  readonly entries: readonly ExportEntry[];
  readonly dropped: readonly { readonly domain: string; readonly weight: number }[];
}

/** What a writer gets: weights checked and converted, keys resolved, zeros dropped where the trainer refuses them. */
export interface ExportPlan {
  readonly proposal: CanonicalProposal;
  /** One, unless the format holds all phases in one file. */
  readonly phases: readonly PlannedPhase[];
  readonly unit: Unit;
  readonly options: OptionValues;
  /** Tokens of the whole run. */
  readonly targetTokens?: number;
  /** What a reader of the file should know of it, line by line and without comment marks: see writing/comments.ts. */
  readonly header: readonly string[];
}

/** What a relaunch between phases depends on. */
export type RunInPhases = Pick<ExportPlan, 'phases' | 'options' | 'targetTokens'>;

export interface Written {
  readonly files: readonly ExportedFile[];
  /** What to do with the files, as sentences or flags to pass, in order. */
  readonly usage: readonly string[];
  /** What was mended for this trainer and what to watch, as sentences: a block size chosen, a start moved. */
  readonly warnings?: readonly string[];
  /** Where each phase begins in the file's own count; needed of a format with native phases that was given several. */
  readonly starts?: readonly number[];
}

/** One trainer's way to take weights. `parse` is written from the trainer's rules and shares no code with `write`. */
export interface TrainingConfigFormat {
  readonly name: string;
  /** Whose configuration it is, e.g. "Megatron-LM". */
  readonly trainer: string;
  readonly description: string;
  /** What the trainer needs besides the weights, as a sentence for help texts. */
  readonly needs: string;
  /** What a weight counts in the file; some formats let an option decide. */
  unit(options: OptionValues): Unit;
  /** Every unit that `unit` may answer. */
  readonly units: readonly Unit[];
  readonly options: OptionDescriptions;
  /** Whether a weight of 0 may be written; otherwise such domains are dropped, and that is said. */
  readonly zeros: 'kept' | 'dropped';
  /** The most domains that the trainer takes. */
  readonly maxDomains: number;
  /** "native": one file holds all phases. Otherwise how to go from the files of one phase to those of the next. */
  readonly phases: 'native' | { relaunch(run: RunInPhases): string };
  /** Options with which any proposal can be exported: for tests, documentation and `cuvee formats`. */
  readonly example: ExportOptions;
  /** What stands for the domain in this format. Throws InvalidInputError when it cannot be told or is not legal. */
  key(domain: CanonicalDomain, options: OptionValues): string;
  write(plan: ExportPlan): Written;
  /**
   * What the trainer would make of one file. Never throws for what stands in it: that is a finding. Used on our own
   * exports, where an error or a warning stops the export, and on files that users have already.
   */
  parse(file: ExportedFile, options: OptionValues): FileReading;
  /** What the trainer's sampler takes from each source of one phase. */
  simulate(input: SimulationInput, options: OptionValues): Draws;
}
