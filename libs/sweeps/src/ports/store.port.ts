import type { FailureClass, FitState, RunRole, RunState, SweepState } from '#libs/contracts';
import type {
  AttemptRecord,
  AttemptState,
  CorpusRecord,
  CurvePoint,
  EventRecord,
  FitModelRecord,
  FitRecord,
  ObservationRecord,
  OutboxRecord,
  ProposalRecord,
  RoundRecord,
  RunRecord,
  SweepRecord,
  WorkerRecord,
} from './records.js';

export const STORE = Symbol('Store');

export interface RunFilter {
  state?: RunState;
  role?: RunRole;
  /** Position in the sweep's list of fidelities. */
  fidelity?: number;
  offset: number;
  limit: number;
}

/**
 * The truth. Every write happens inside `transaction`: all of it is committed or none, also when the process dies.
 * Reads outside a transaction see committed data only. The port deliberately leaves out connections and pooling.
 */
export interface Store {
  /**
   * Runs `work` in one short transaction (read committed) and retries it on a serialization conflict. `bulk` gives it
   * minutes instead of seconds, for writing thousands of rows that nobody else waits for.
   */
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>, options?: { bulk?: boolean }): Promise<T>;

  findCorpus(id: string): Promise<CorpusRecord | null>;
  listCorpora(): Promise<CorpusRecord[]>;
  findSweep(id: string): Promise<SweepRecord | null>;
  /** Newest first. */
  listSweeps(page: { offset: number; limit: number }): Promise<{ sweeps: SweepRecord[]; total: number }>;
  /** By index. */
  listRuns(sweepId: string, filter: RunFilter): Promise<{ runs: RunRecord[]; total: number }>;
  findRun(id: string): Promise<RunRecord | null>;
  listAttempts(runId: string): Promise<AttemptRecord[]>;
  /** Observations of these runs, in no particular order. */
  listObservations(runIds: readonly string[]): Promise<ObservationRecord[]>;
  /** By attempt, then step. */
  curve(runId: string): Promise<CurvePoint[]>;
  findFit(id: string): Promise<FitRecord | null>;
  /** Oldest first. */
  listFits(sweepId: string): Promise<FitRecord[]>;
  /** Fits of the sweep that are queued or running, oldest first, without what makes a fit large. */
  openFits(sweepId: string): Promise<OpenFit[]>;
  /** In the order of the targets; empty when the fit has not succeeded, or was made before models were kept. */
  fitModels(fitId: string): Promise<FitModelRecord[]>;
  /** Fits that are queued, or whose claim ended before `now`: nobody works on them. */
  unattendedFits(now: Date): Promise<FitRecord[]>;
  findProposal(id: string): Promise<ProposalRecord | null>;
  /** Oldest first. */
  listProposals(sweepId: string): Promise<ProposalRecord[]>;
  /** Events of one sweep with an id above `after`, in order. */
  eventsAfter(sweepId: string, after: number, limit: number): Promise<EventRecord[]>;
  /** Runs by state, with the steps done by those that run: what progress is computed from. */
  runCounts(sweepId: string): Promise<RunCounts>;
  /** What the sweep's measured runs took, those stopped early included. */
  spent(sweepId: string): Promise<Spent>;
  /** Design runs by fidelity and state. */
  designCounts(sweepId: string): Promise<DesignCount[]>;
  /**
   * Of the design runs of a fidelity that were evaluated at `rung` or after it: their held-out losses at the first such
   * step and at up to `before` evaluated steps before it, by run index and step. Of a step that several attempts
   * reached, what the latest said.
   */
  rungLosses(sweepId: string, rung: { fidelity: number; step: number; before: number }): Promise<RungLosses[]>;
  /** Failed attempts of the sweep by class; in no particular order. */
  attemptFailures(sweepId: string): Promise<AttemptFailures[]>;
  /** Failed attempts of all sweeps by class. */
  failureCounts(): Promise<Partial<Record<FailureClass, number>>>;
  /** Undispatched messages, oldest first. */
  pendingOutbox(limit: number): Promise<OutboxRecord[]>;
  /** Open attempts whose lease ended before `now`. */
  expiredAttempts(now: Date): Promise<AttemptRecord[]>;
  /** Runs queued since before `since` which no worker has started. */
  runsQueuedBefore(since: Date): Promise<RunRecord[]>;
  /** Sweeps that run or confirm with runs that a worker may start now, oldest first, and the fidelities of those runs. */
  unstartedWork(now: Date): Promise<UnstartedWork[]>;
  /** Runs of the sweep at these fidelities which wait and are due, or are queued and spoken for by no worker; by index. */
  unstartedRuns(sweepId: string, filter: UnstartedFilter): Promise<RunRecord[]>;
  /** Open attempts of this worker, oldest first. */
  openAttemptsOf(workerId: string): Promise<AttemptRecord[]>;
  /** Sweeps in this state: the reconciler looks for stages nobody works on. */
  sweepsInState(state: SweepState): Promise<SweepRecord[]>;
  /** Workers heard of since `since`, by host and id. */
  listWorkers(since: Date): Promise<WorkerRecord[]>;
  /** Answers when the database does; rejects otherwise. */
  ping(): Promise<void>;
}

export interface AttemptFailures {
  failureClass: FailureClass;
  attempts: number;
  /** What came most often, the latest of those equally common, and how often it came. */
  message: string;
  times: number;
}

export interface UnstartedWork {
  sweep: SweepRecord;
  fidelities: number[];
}

export interface UnstartedFilter {
  fidelities: readonly number[];
  now: Date;
  limit: number;
}

export type OpenFit = Pick<FitRecord, 'id' | 'refit'>;

/** Sums over runs that say it; runs of a command trainer, or imported, may not. */
export interface Spent {
  runs: number;
  tokens: number;
  flops: number;
  /** Of the workers' clocks; of runs stopped early, between two reports. */
  seconds: number;
}

export interface DesignCount {
  fidelity: number;
  state: RunState;
  runs: number;
}

export interface RungLosses {
  runId: string;
  state: RunState;
  /** Ascending; the last one is the rung's. */
  points: { step: number; losses: Record<string, number> }[];
}

export interface RunCounts {
  byState: Partial<Record<RunState, number>>;
  /** Sum over running runs of step / totalSteps. */
  runningFraction: number;
  /** When the first of the runs was started; null when none was. */
  firstStartedAt: Date | null;
}

export interface StoreTransaction {
  /** Locks the row until the transaction ends: every transition of a sweep's runs takes this lock first. */
  lockSweep(id: string): Promise<SweepRecord | null>;
  findCorpus(id: string): Promise<CorpusRecord | null>;
  findCorpusByHash(name: string, contentHash: string): Promise<CorpusRecord | null>;
  latestCorpusVersion(name: string): Promise<number>;
  insertCorpus(corpus: CorpusRecord): Promise<void>;

  /** The stored answer to this key, for ever; null when the key is new. */
  findIdempotencyKey(route: string, key: string): Promise<{ requestHash: string; resourceId: string } | null>;
  /** Throws IdempotencyRace when another transaction inserted the key meanwhile. */
  insertIdempotencyKey(route: string, key: string, requestHash: string, resourceId: string): Promise<void>;

  insertSweep(sweep: SweepRecord): Promise<void>;
  /** Changes the sweep if it is in one of the `from` states; false when it was not. */
  updateSweep(id: string, from: readonly SweepState[], patch: Partial<SweepRecord>): Promise<boolean>;
  insertRound(round: RoundRecord): Promise<void>;
  listRounds(sweepId: string): Promise<RoundRecord[]>;
  /** Deletes the round with its runs, attempts, observations and curves. */
  deleteRound(roundId: string): Promise<void>;
  insertRuns(runs: readonly RunRecord[]): Promise<void>;

  /** Locks the run until the transaction ends. */
  lockRun(id: string): Promise<RunRecord | null>;
  /** All runs of the sweep in these states, by index. */
  runsOfSweep(sweepId: string, states: readonly RunState[]): Promise<RunRecord[]>;
  /**
   * Waiting runs of sweeps that are running or confirming which may begin by `now`, oldest sweep first, locked and
   * skipping those which another transaction holds.
   */
  claimWaitingRuns(limit: number, now: Date): Promise<RunRecord[]>;
  /** Runs now queued or running, over all sweeps. */
  countInFlight(): Promise<number>;
  /** Runs of the round that are waiting, queued or running. */
  countUnfinished(roundId: string): Promise<number>;
  /** The same change to many runs. */
  updateRuns(ids: readonly string[], patch: Partial<Omit<RunRecord, 'id' | 'sweepId' | 'roundId'>>): Promise<void>;
  /** Cancels what is waiting, queued or running, and the attempts that are open: these are answered. */
  cancelUnfinished(sweepId: string, now: Date): Promise<AttemptRecord[]>;
  updateRun(id: string, patch: Partial<Omit<RunRecord, 'id' | 'sweepId' | 'roundId'>>): Promise<void>;

  insertAttempt(attempt: AttemptRecord): Promise<void>;
  findAttempt(runId: string, number: number): Promise<AttemptRecord | null>;
  updateAttempt(
    runId: string,
    number: number,
    patch: Partial<Omit<AttemptRecord, 'runId' | 'number'>> & { state?: AttemptState },
  ): Promise<void>;
  /** Unique by run: a second insert throws. */
  insertObservation(observation: ObservationRecord): Promise<void>;
  /** Many at once, of runs that have none. */
  insertObservations(observations: readonly ObservationRecord[]): Promise<void>;
  deleteObservation(runId: string): Promise<void>;
  insertCurvePoint(point: CurvePoint): Promise<void>;

  insertFit(fit: FitRecord): Promise<void>;
  /** As `openFits` of the store, as this transaction sees them. */
  openFits(sweepId: string): Promise<OpenFit[]>;
  /**
   * queued → running, or running on from a claim that ended before `now`, which counts as lost: raises the claim and
   * answers the fit as it is then; null when somebody works on it or it is over.
   */
  claimFit(id: string, now: Date, leaseUntil: Date): Promise<FitRecord | null>;
  /** Changes the fit if it is in one of these states and, where one is given, under this claim; false when not. */
  updateFit(
    id: string,
    from: { states: readonly FitState[]; claim?: number },
    patch: Partial<FitRecord>,
  ): Promise<boolean>;
  /** Cancels the fits of the sweep that are queued or running. */
  cancelFits(sweepId: string, now: Date): Promise<void>;
  insertFitModels(fitId: string, models: readonly FitModelRecord[]): Promise<void>;
  insertProposal(proposal: ProposalRecord): Promise<void>;

  /** Inserts or replaces, unless what is stored has a higher sequence; keeps the first registration's time. */
  putWorker(worker: WorkerRecord): Promise<void>;
  deleteWorkersSilentSince(since: Date): Promise<void>;

  appendOutbox(message: Omit<OutboxRecord, 'id'>): Promise<void>;
  markDispatched(ids: readonly number[]): Promise<void>;
  appendEvent(event: Pick<EventRecord, 'sweepId' | 'type' | 'data'>): Promise<void>;
}
