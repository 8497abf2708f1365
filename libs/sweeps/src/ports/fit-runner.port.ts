import type { FitModelRecord, FitTask, ProposalSettings } from './records.js';

export const FIT_RUNNER = Symbol('FitRunner');

/** The runs that are fitted, as plain data. */
export interface FitEvidence {
  domains: string[];
  /** Each run's own name, in the order of `mixtures`. */
  runIds: string[];
  mixtures: number[][];
  /** By target, one loss a mixture; NaN where it was not measured or diverged. */
  losses: Record<string, number[]>;
  /** Runs that were stopped early, and by target the interval in which each would have ended; NaN where none is known. */
  censored: CensoredEvidence;
  /** Token share by domain; undefined where nobody gave it. */
  prior: Record<string, number> | undefined;
  /** Tokens available by domain; undefined unless those of every domain are known. */
  tokens: Record<string, number> | undefined;
  /** By domain, of those that have one. */
  licences: Record<string, string>;
}

export interface CensoredEvidence {
  mixtures: number[][];
  bounds: Record<string, { lower: number[]; upper: number[] }>;
}

export interface FitRequest {
  evidence: FitEvidence;
  settings: Pick<FitTask, 'model' | 'folds' | 'seed'>;
}

export interface FitProgress {
  target: string;
  /** What is done for the target now; null when nothing is left to do. */
  step: string | null;
  /** Targets that nothing is left to do for. */
  done: number;
  total: number;
}

export interface FittedModels {
  /** Diagnostics by target: finite numbers and null only. */
  diagnostics: Record<string, unknown>;
  models: FitModelRecord[];
  /** Why each of the other targets could not be fitted. */
  unfitted: Readonly<Record<string, string>>;
}

export interface ProposalRequest extends FitRequest {
  proposal: ProposalSettings;
  models: readonly FitModelRecord[];
  unfitted: Readonly<Record<string, string>>;
  inputsHash: string;
}

export interface ProposalOutcome {
  weights: Record<string, number>;
  /** Why there was no signal to follow; the weights are then the natural ones. */
  abstained: string | null;
  /** The whole document: finite numbers and null only. */
  document: Record<string, unknown>;
}

/**
 * Fits and proposes away from the event loop. Both reject with the signal's reason when it aborts, with FitInterrupted
 * when `close` ended them, and with their own error otherwise.
 */
export interface FitRunner {
  fit(
    request: FitRequest,
    options: { signal: AbortSignal; onProgress: (progress: FitProgress) => void },
  ): Promise<FittedModels>;
  propose(request: ProposalRequest, options: { signal: AbortSignal }): Promise<ProposalOutcome>;
  /** Ends what is under way. */
  close(): Promise<void>;
}
