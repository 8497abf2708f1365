import type { FitState, RunRole, RunState, SweepState } from '#libs/contracts';
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
} from './records.js';

export const STORE = Symbol('Store');

export interface RunFilter {
  state?: RunState;
  role?: RunRole;
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
  /** Undispatched messages, oldest first. */
  pendingOutbox(limit: number): Promise<OutboxRecord[]>;
  /** Open attempts whose lease ended before `now`. */
  expiredAttempts(now: Date): Promise<AttemptRecord[]>;
  /** Runs queued since before `since` which no worker has started. */
  runsQueuedBefore(since: Date): Promise<RunRecord[]>;
  /** Sweeps in this state: the reconciler looks for stages nobody works on. */
  sweepsInState(state: SweepState): Promise<SweepRecord[]>;
  /** Answers when the database does; rejects otherwise. */
  ping(): Promise<void>;
}

export type OpenFit = Pick<FitRecord, 'id' | 'refit'>;

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
   * Waiting runs of sweeps that are running or confirming, oldest sweep first, locked and skipping those which another
   * transaction holds.
   */
  claimWaitingRuns(limit: number): Promise<RunRecord[]>;
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

  appendOutbox(message: Omit<OutboxRecord, 'id'>): Promise<void>;
  markDispatched(ids: readonly number[]): Promise<void>;
  appendEvent(event: Pick<EventRecord, 'sweepId' | 'type' | 'data'>): Promise<void>;
}
