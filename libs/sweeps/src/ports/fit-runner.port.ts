import type { Constraints, CreateSweep } from '#libs/contracts';

export const FIT_RUNNER = Symbol('FitRunner');

export interface FitRequest {
  domains: string[];
  /** Each run's own name, in the order of `mixtures`. */
  runIds: string[];
  mixtures: number[][];
  /** By target, one loss a mixture, nats per token. */
  losses: Record<string, number[]>;
  prior: number[];
  tokens: number[];
  constraints: Constraints;
  objective: { targets: Record<string, number>; combine: 'weighted-mean' | 'worst-case' };
  fit: CreateSweep['fit'];
  seed: number;
  inputsHash: string;
}

export interface FitOutcome {
  weights: Record<string, number>;
  /** Why there was no signal to follow; the weights are then the natural ones. */
  abstained: string | null;
  model: string;
  /** Diagnostics by target. */
  fits: Record<string, unknown>;
  /** The whole document: finite numbers and null only. */
  document: Record<string, unknown>;
}

/** Fits and proposes away from the event loop. */
export interface FitRunner {
  /** Rejects with FitInterrupted when `close` ended it, and with the fit's own error otherwise. */
  run(request: FitRequest): Promise<FitOutcome>;
  /** Ends the fits under way. */
  close(): Promise<void>;
}
