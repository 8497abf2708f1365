import type {
  Baseline,
  Confirmation,
  Constraints,
  CorpusDomain,
  ExpertLoad,
  FailureClass,
  FitProgressResponse,
  FitSettings,
  FitState,
  Loss,
  ObjectiveSpec,
  ParetoSpec,
  RunRole,
  RunState,
  SweepSpecification,
  SweepState,
  WorkerSnapshot,
} from '#libs/contracts';

/** A point on the simplex, in the order of the corpus' domains. */
export type Mixture = readonly number[];

export interface CorpusRecord {
  id: string;
  name: string;
  version: number;
  contentHash: string;
  createdAt: Date;
  domains: DomainRecord[];
}

/** Of imported runs this service has no text, and it may not know how much of it there is. */
export interface DomainRecord extends Omit<CorpusDomain, 'source' | 'tokens'> {
  source: string | null;
  tokens: number | null;
}

export interface SweepRecord {
  id: string;
  name: string;
  state: SweepState;
  reason: string | null;
  corpusId: string;
  specification: SweepSpecification;
  /** What its runs measure, in order: a held-out loss of each domain, or the columns that were imported. */
  targets: readonly string[];
  /** The natural mixture, normalised, in domain order. */
  prior: Mixture;
  fitId: string | null;
  proposalId: string | null;
  confirmation: Confirmation | null;
  createdAt: Date;
  finishedAt: Date | null;
}

export interface RoundRecord {
  id: string;
  sweepId: string;
  index: number;
  kind: 'design' | 'confirmation';
}

export interface RunRecord {
  id: string;
  sweepId: string;
  roundId: string;
  /** Position within the sweep: design runs first, then confirmation runs. */
  index: number;
  /** An imported run's own id. */
  label: string | null;
  role: RunRole;
  weights: Mixture;
  /** Position in the sweep's list of fidelities. */
  fidelity: number;
  seed: number;
  state: RunState;
  /** Number of the current attempt, 0 before the first: the fencing token. */
  attempt: number;
  /** Attempts that ended in failure or a lost lease, by class; a released attempt is not counted. */
  failures: Partial<Record<FailureClass, number>>;
  maxAttempts: number;
  /** While it waits: it is not given to a worker before this time. */
  notBefore: Date | null;
  step: number;
  totalSteps: number | null;
  /** NaN and infinity are kept: they show a divergence. */
  trainLoss: number | null;
  reason: string | null;
  queuedAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export type AttemptState = 'open' | 'succeeded' | 'stopped' | 'diverged' | 'failed' | 'lost' | 'released' | 'cancelled';

export interface AttemptRecord {
  runId: string;
  number: number;
  state: AttemptState;
  workerId: string | null;
  host: string | null;
  backend: string | null;
  backendReason: string | null;
  leaseUntil: Date | null;
  /** The step of the earlier attempt's checkpoint from which this one went on. */
  resumedStep: number | null;
  /** The last step this attempt can be resumed from. */
  checkpointStep: number | null;
  failureClass: FailureClass | null;
  message: string | null;
  stderrTail: string | null;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

/**
 * Of an imported run one number is known, in a unit of its own; it stands in `natsPerToken`. Of a censored run it is
 * what the curve leads to, and the final loss lies between the bounds, in the same unit.
 */
export interface ObservedLoss extends Loss {
  bounds?: { lower: number; upper: number };
}

export interface ObservationRecord {
  runId: string;
  attempt: number;
  /** Final loss by target. */
  losses: Record<string, ObservedLoss>;
  tokens: number | null;
  seconds: number | null;
  backend: string | null;
  parameters: number | null;
  /** Floating-point operations of the training. */
  flops: number | null;
  /** The step at which the run was stopped early; null for one that was trained to its end. */
  censoredAt: number | null;
  /** Of the last evaluation, for a mixture of experts. */
  expertLoads: readonly ExpertLoad[];
  recordedAt: Date;
}

export interface CurvePoint {
  runId: string;
  attempt: number;
  step: number;
  tokens: number;
  trainLoss: number;
  /** Held-out losses, on the steps that were evaluated. */
  losses: Record<string, Loss>;
}

/** What is wanted of a proposal; what is undefined is chosen by libs/proposals. */
export interface ProposalSettings {
  objective: ObjectiveSpec;
  constraints: Constraints;
  optimiser: 'auto' | 'simulate' | 'exact' | 'gradient';
  pareto?: ParetoSpec | undefined;
  /** Judged beside natural and uniform. */
  baseline?: Baseline | undefined;
  samples?: number | undefined;
  top?: number | undefined;
  seed: number;
}

export interface FitTask extends Pick<FitSettings, 'model' | 'folds'> {
  seed: number;
  /** Of the proposal that follows the fit. */
  proposal: ProposalSettings;
}

export interface FitRecord {
  id: string;
  sweepId: string;
  state: FitState;
  /** Why it failed, or why no proposal was made from it. */
  reason: string | null;
  /** Asked for beside the fit that the sweep itself makes. */
  refit: boolean;
  settings: FitTask;
  progress: FitProgressResponse | null;
  /** Whoever claims the fit raises it; what an earlier claim still writes is refused. */
  claim: number;
  /** While it runs: when the claim ends unless it is renewed. */
  leaseUntil: Date | null;
  /** Claims that ended without a word: whoever made the fit died, or could not reach the database. */
  lost: number;
  model: string;
  seed: number;
  runs: number;
  leftOut: number;
  /** The runs fitted, in the order of the rows. */
  runIds: readonly string[];
  inputsHash: string | null;
  codeVersion: string;
  /** Diagnostics by target; finite numbers and null only. */
  targets: Record<string, unknown>;
  /** Targets that could not be fitted, with the reason. */
  unfitted: Readonly<Record<string, string>>;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** One target's fitted surrogate, packed by whoever fitted it. */
export interface FitModelRecord {
  target: string;
  packed: Uint8Array;
}

export interface ProposalRecord {
  id: string;
  sweepId: string;
  fitId: string;
  hash: string;
  weights: Record<string, number>;
  /** The whole proposal document of libs/proposals; finite numbers and null only. */
  document: Record<string, unknown>;
  createdAt: Date;
}

export interface OutboxRecord {
  id: number;
  topic: 'run' | 'fit';
  payload: Record<string, unknown>;
}

export interface EventRecord {
  id: number;
  sweepId: string;
  type: 'state' | 'run' | 'progress' | 'fit' | 'proposal' | 'confirmation';
  data: Record<string, unknown>;
  at: Date;
}

export interface WorkerRecord extends WorkerSnapshot {
  registeredAt: Date;
  heartbeatAt: Date;
}

/** Which attempt speaks. A stale number, or another worker under the same number, is refused. */
export interface Fence {
  runId: string;
  attempt: number;
  workerId: string;
  /** The worker must have started the attempt before. Otherwise its first word takes an attempt that is nobody's. */
  mustHold?: boolean;
}
