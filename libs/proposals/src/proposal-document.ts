import type { NamedDiagnostics } from '#libs/surrogates';
import type { Objective } from './objective.js';
import type { OptimiserName } from './propose-input.js';

export type Weights = Readonly<Record<string, number>>;

/** What the fit expects of one mixture, in the target's unit. Intervals hold a new measurement, its noise included. */
export interface LossEstimate {
  readonly mean: number;
  readonly standardError: number | null;
  /** Null with too few runs for an interval at that level. */
  readonly lower50: number | null;
  readonly upper50: number | null;
  readonly lower90: number | null;
  readonly upper90: number | null;
  /** False: the fit found no signal, and the mean is the observed mean whatever the mixture. */
  readonly signal: boolean;
}

export type LossEstimates = Readonly<Record<string, LossEstimate>>;

export interface JudgedMixture {
  readonly weights: Weights;
  /** By target. */
  readonly predicted: LossEstimates;
  /** The objective's losses combined, without the penalties for uncertainty and distance. */
  readonly objective: LossEstimate;
}

export interface BaselineMixture extends JudgedMixture {
  /** Names of the constraints it breaks: a baseline is shown as it is, not brought inside. */
  readonly violates: readonly string[];
}

/** A mixture of the caller's own, such as the one in use today. */
export interface GivenBaseline extends BaselineMixture {
  readonly name: string;
}

export interface NaturalBaseline extends BaselineMixture {
  readonly source: 'given' | 'tokens' | 'mean of the sampled mixtures';
}

export interface ObservedMixture {
  /** First row of that mixture in the mixtures given. */
  readonly index: number;
  readonly run: string | number | null;
  readonly weights: Weights;
  /** Mean measured objective over `rows` runs of this mixture: the least of many noisy numbers, so optimistic. */
  readonly objective: number;
  readonly rows: number;
  readonly predicted: LossEstimates;
  /** The fit's own opinion of it: what the proposal's prediction may be compared with. */
  readonly predictedObjective: LossEstimate;
  readonly withinConstraints: boolean;
}

export interface Recommendation {
  readonly mixture: 'proposal' | 'best-observed' | 'natural';
  readonly weights: Weights;
  /** In words, with the numbers. */
  readonly reason: string;
  /** Predicted objective of what the proposal is compared with, minus that of the proposal; null without either. */
  readonly gain: number | null;
  /** What the proposal is compared with: the best measured mixture, or natural; null when there was no choice. */
  readonly comparedWith: 'best-observed' | 'natural' | null;
  /** Why the fit is not trusted at the proposal, in words; empty where it interpolates. */
  readonly extrapolates: readonly string[];
  /** What the gain must exceed. */
  readonly noise: number | null;
  readonly noiseBasis: string | null;
}

export interface BindingConstraint {
  readonly kind:
    | 'cap'
    | 'epochs'
    | 'efficiency'
    | 'licence'
    | 'minimum'
    | 'pinned'
    | 'group-min'
    | 'group-max'
    | 'minimum-nonzero';
  /** A domain's name, or a group's. */
  readonly name: string;
  readonly limit: number;
  readonly value: number;
  /** Predicted change of what was minimised if the limit gave way by 0.01 of weight: negative is better. */
  readonly changePer001: number | null;
}

export interface DocumentedConstraints {
  /** Bounds on every weight after everything asked for: null where nothing but [0, 1] bounds any. */
  readonly lower: Weights | null;
  readonly caps: Weights | null;
  readonly groups: readonly { name: string; domains: readonly string[]; min: number | null; max: number | null }[];
  readonly minimumNonzero: number | null;
  /** Domains left out for their licence. */
  readonly excluded: readonly string[];
  readonly minimumEfficiency: number | null;
  readonly maxEpochs: number | null;
  /** Null also when only shares are known, the run being as long as the corpus. */
  readonly targetTokens: number | null;
  /** Domains, or groups, whose limit the proposal reaches. */
  readonly binding: readonly string[];
  readonly details: readonly BindingConstraint[];
}

export interface Extrapolation {
  readonly outside: boolean;
  /** Total variation to the nearest measured mixture, in [0, 1]. */
  readonly distance: number;
  readonly limit: number;
  readonly nearestRun: string | number | null;
  readonly nearestIndex: number;
  /** Domains with more than twice the weight that any measured mixture gives them. */
  readonly unseen: readonly string[];
  readonly rule: string;
}

export interface TradeOffPoint {
  readonly klStrength: number;
  readonly weights: Weights;
  /** KL(weights ‖ natural) in nats, natural shares below 1e-9 counted as 1e-9. */
  readonly kl: number;
  readonly objective: { readonly mean: number; readonly lower90: number | null; readonly upper90: number | null };
  /** What was minimised, without the pull: never falls along the curve. The objective's mean unless it has penalties. */
  readonly minimised: number;
}

export interface ParetoPoint {
  /** Weight of each group in the sum that was minimised. */
  readonly emphasis: Readonly<Record<string, number>>;
  readonly weights: Weights;
  /** Predicted loss of each group. */
  readonly groups: LossEstimates;
}

export interface RepeatedDomain {
  readonly epochs: number;
  /** Tokens, or shares of the corpus when only shares are known. */
  readonly trained: number;
  readonly effective: number;
  /** effective / trained; 1 for a domain that is not used. */
  readonly efficiency: number;
  /** The same under the decay constant of the form that discounts data alone. */
  readonly efficiencyDataOnly: number;
}

export interface Repetition {
  readonly law: {
    readonly decay: number;
    readonly decayDataOnly: number;
    readonly B: number;
    readonly beta: number;
    readonly source: string;
  };
  readonly domains: Readonly<Record<string, RepeatedDomain>>;
  readonly efficiency: number;
  readonly efficiencyDataOnly: number;
  /** B (D'^-beta - D^-beta) of the whole mixture, nats per token; null unless tokens are known. */
  readonly pricedLoss: number | null;
  readonly pricedLossDataOnly: number | null;
  /** Whether the objective that was minimised counts it. */
  readonly inObjective: boolean;
}

export interface OptimiserCandidate {
  readonly optimiser: string;
  /** The objective with its penalties. */
  readonly penalisedObjective: number;
  /** Its mean over mixtures a few percent of the weight away, by which `auto` chooses; absent where it need not. */
  readonly nearby?: number;
}

export interface OptimiserReport {
  readonly requested: OptimiserName;
  readonly used: 'simulate' | 'exact' | 'gradient' | 'abstained';
  readonly why: string;
  /** What each optimiser that was tried reached. */
  readonly candidates: readonly OptimiserCandidate[];
  readonly converged: boolean;
  readonly reason: string;
  readonly iterations: number;
  /** Of the exact optimiser: the objective is within this of the least possible. */
  readonly dualityGap: number | null;
}

export interface Provenance {
  readonly method: 'simulate-and-average' | 'exact' | 'gradient' | 'abstained';
  readonly optimiser: OptimiserReport;
  readonly model: string;
  readonly seed: number;
  readonly samples: number;
  readonly top: number;
  readonly strengths: readonly number[];
  /** The strength whose average was kept; null unless simulation gave the answer. */
  readonly strength: number | null;
  /** Share of simulated mixtures brought inside the constraints by repair; null when nothing was simulated. */
  readonly repairedShare: number | null;
  readonly inputsHash: string | null;
  readonly runs: number;
  readonly renormalised: number;
  /** Runs left out of each target's fit: diverged or not measured. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** A proposal: plain JSON, no NaN. `weights`, `epochs` and `provenance` are what an exporter needs. */
export interface ProposalDocument {
  /** Share of training tokens by domain; sums to 1 within rounding. */
  readonly weights: Weights;
  /** Passes over each domain's tokens; null when the tokens available are unknown. */
  readonly epochs: Weights | null;
  /** Tokens available by domain, as given. */
  readonly tokens: Weights | null;
  readonly objective: Objective;
  readonly predicted: LossEstimates;
  readonly predictedObjective: LossEstimate;
  readonly baselines: {
    readonly natural: NaturalBaseline;
    readonly uniform: BaselineMixture;
    /** Absent where the caller gave none. */
    readonly given?: GivenBaseline;
  };
  /** The mixture with the least mean measured objective, whatever the constraints. */
  readonly bestObserved: ObservedMixture | null;
  readonly bestObservedWithinConstraints: ObservedMixture | null;
  readonly recommended: Recommendation;
  /** Negative control: the worst mixture the constraints admit, by the same fit. Null when abstained. */
  readonly worst: JudgedMixture | null;
  readonly constraints: DocumentedConstraints;
  readonly extrapolation: Extrapolation;
  /** From no pull to the natural mixture to a strong one; empty when abstained. */
  readonly tradeOff: readonly TradeOffPoint[];
  readonly pareto?: readonly ParetoPoint[];
  /** Null when neither tokens nor a prior are known. */
  readonly repetition: Repetition | null;
  readonly fits: Readonly<Record<string, NamedDiagnostics>>;
  /** Targets that were measured but could not be fitted, with the reason; no part of anything above. */
  readonly unfitted: Readonly<Record<string, string>>;
  readonly abstained: { readonly reason: string } | null;
  readonly provenance: Provenance;
  /** What a reader should know, in sentences. */
  readonly notes: readonly string[];
}
