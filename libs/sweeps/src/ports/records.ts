import type {
  Confirmation,
  CorpusDomain,
  CreateSweep,
  FailureClass,
  Loss,
  RunRole,
  RunState,
  SweepState,
} from '#libs/contracts';

/** A point on the simplex, in the order of the corpus' domains. */
export type Mixture = readonly number[];

export interface CorpusRecord {
  id: string;
  name: string;
  version: number;
  contentHash: string;
  createdAt: Date;
  domains: CorpusDomain[];
}

export interface SweepRecord {
  id: string;
  name: string;
  state: SweepState;
  reason: string | null;
  corpusId: string;
  specification: CreateSweep;
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
  role: RunRole;
  weights: Mixture;
  seed: number;
  state: RunState;
  /** Number of the current attempt, 0 before the first: the fencing token. */
  attempt: number;
  /** Attempts that ended in failure or a lost lease; a released attempt is not counted. */
  failures: number;
  maxAttempts: number;
  step: number;
  totalSteps: number | null;
  /** NaN and infinity are kept: they show a divergence. */
  trainLoss: number | null;
  reason: string | null;
  queuedAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export type AttemptState = 'open' | 'succeeded' | 'diverged' | 'failed' | 'lost' | 'released' | 'cancelled';

export interface AttemptRecord {
  runId: string;
  number: number;
  state: AttemptState;
  workerId: string | null;
  host: string | null;
  backend: string | null;
  backendReason: string | null;
  leaseUntil: Date | null;
  failureClass: FailureClass | null;
  message: string | null;
  stderrTail: string | null;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

export interface ObservationRecord {
  runId: string;
  attempt: number;
  /** Final loss by target. */
  losses: Record<string, Loss>;
  tokens: number;
  seconds: number;
  backend: string | null;
  parameters: number | null;
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

export interface FitRecord {
  id: string;
  sweepId: string;
  model: string;
  seed: number;
  runs: number;
  leftOut: number;
  inputsHash: string;
  codeVersion: string;
  /** Diagnostics by target; finite numbers and null only. */
  targets: Record<string, unknown>;
  createdAt: Date;
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
  type: 'state' | 'run' | 'progress' | 'proposal' | 'confirmation';
  data: Record<string, unknown>;
  at: Date;
}

/** Which attempt speaks. A stale number, or another worker under the same number, is refused. */
export interface Fence {
  runId: string;
  attempt: number;
  workerId: string;
}
