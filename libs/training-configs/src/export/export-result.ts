import type { ExportedFile } from '../format.js';
import type { Unit } from './units.js';

export interface ExportedDomain {
  readonly domain: string;
  /** What stands for it in the file. */
  readonly key: string;
  /** Share of the phase's training tokens. */
  readonly weight: number;
  /** What is written, in the format's unit. */
  readonly amount: string;
  /** Passes over the domain in this phase, and in the whole run; null where tokens or the run's length are unknown. */
  readonly epochs: number | null;
  readonly epochsOfRun: number | null;
  readonly availableTokens: number | null;
  readonly trainingTokens: number | null;
  /** Share of the tokens that the trainer's sampler gives it; null where that cannot be told. */
  readonly realised: number | null;
  /** Of `realised`, over such draws; null for a deterministic sampler. */
  readonly standardError: number | null;
}

export interface ExportedPhase {
  readonly name: string;
  /** Share of the run's tokens that precede it. */
  readonly start: number;
  readonly tokens: number | null;
  readonly domains: readonly ExportedDomain[];
  readonly dropped: readonly { readonly domain: string; readonly weight: number }[];
  readonly sampler: string | null;
  readonly draws: number | null;
  readonly remarks: readonly string[];
}

export interface ExportResult {
  readonly format: string;
  readonly trainer: string;
  readonly unit: Unit;
  readonly unitDescription: string;
  readonly targetTokens: number | null;
  readonly files: readonly ExportedFile[];
  /** What to do with the files, in order. */
  readonly usage: readonly string[];
  /** What the reader of the files must know, as sentences: domains dropped, weights changed, many epochs. */
  readonly warnings: readonly string[];
  readonly phases: readonly ExportedPhase[];
}
