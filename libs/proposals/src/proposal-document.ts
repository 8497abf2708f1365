import type { FitDiagnostics } from '#libs/surrogates';
import type { Objective } from './objective.js';

/** Predicted loss of four mixtures, in the target's unit. */
export interface PredictedLosses {
  readonly proposal: number;
  /** The prior. */
  readonly natural: number;
  readonly uniform: number;
  /** The surrogate's prediction at the best observed mixture; null if no run has every target. */
  readonly bestObserved: number | null;
  /** See `standardErrorBasis`. */
  readonly standardError: number | null;
  /** False: the fit found no signal, and all four are the observed mean. */
  readonly signal: boolean;
}

export interface ObservedMixture {
  /** Row in the mixtures given. */
  readonly index: number;
  readonly run: string | number | null;
  readonly weights: Readonly<Record<string, number>>;
  /** Mean measured objective over `rows` runs of this mixture. */
  readonly objective: number;
  readonly rows: number;
  readonly withinCaps: boolean;
}

/** A proposal: plain JSON, no NaN. `weights`, `epochs` and `provenance` are what an exporter needs. */
export interface ProposalDocument {
  /** Share of training tokens by domain; sums to 1 within rounding. */
  readonly weights: Readonly<Record<string, number>>;
  /** Passes over each domain's tokens; null when the tokens available are unknown. */
  readonly epochs: Readonly<Record<string, number>> | null;
  /** Tokens available by domain, as given. */
  readonly tokens: Readonly<Record<string, number>> | null;
  readonly objective: Objective;
  readonly predicted: Readonly<Record<string, PredictedLosses>>;
  readonly predictedObjective: PredictedLosses;
  readonly standardErrorBasis: string;
  readonly natural: {
    readonly source: 'given' | 'tokens' | 'mean of the sampled mixtures';
    readonly weights: Readonly<Record<string, number>>;
  };
  readonly bestObserved: ObservedMixture | null;
  readonly bestObservedWithinCaps: ObservedMixture | null;
  readonly nearestSampled: {
    readonly index: number;
    readonly run: string | number | null;
    /** Total variation, in [0, 1]. */
    readonly distance: number;
    readonly limit: number;
    readonly outsideSampledRegion: boolean;
    readonly rule: string;
  };
  readonly constraints: {
    readonly caps: Readonly<Record<string, number>> | null;
    /** Domains at 95% of their cap or more. */
    readonly binding: readonly string[];
    readonly naturalViolates: readonly string[];
    readonly uniformViolates: readonly string[];
    readonly maxEpochs: number | null;
    /** Null also when only shares are known, the run being as long as the corpus. */
    readonly targetTokens: number | null;
  };
  readonly fits: Readonly<Record<string, FitDiagnostics>>;
  readonly abstained: { readonly reason: string } | null;
  readonly provenance: {
    readonly method: 'simulate-and-average' | 'abstained';
    readonly model: string;
    readonly seed: number;
    readonly samples: number;
    readonly top: number;
    readonly strengths: readonly number[];
    /** The strength whose average was kept; null when abstained. */
    readonly strength: number | null;
    /** Share of simulated mixtures brought inside the caps by repair; null when abstained. */
    readonly repairedShare: number | null;
    readonly inputsHash: string | null;
    readonly runs: number;
    readonly renormalised: number;
    /** Runs left out of each target's fit: diverged or not measured. */
    readonly leftOut: Readonly<Record<string, number>>;
  };
  /** What a reader should know, in sentences. */
  readonly notes: readonly string[];
}
