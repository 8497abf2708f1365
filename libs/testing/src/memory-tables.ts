import type {
  AttemptRecord,
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
} from '#libs/sweeps';

/** Rows by key; the keys of attempts and of curve points are their parts joined by a space. */
export interface Tables {
  corpora: Map<string, CorpusRecord>;
  sweeps: Map<string, SweepRecord>;
  rounds: Map<string, RoundRecord>;
  runs: Map<string, RunRecord>;
  attempts: Map<string, AttemptRecord>;
  observations: Map<string, ObservationRecord>;
  curves: Map<string, CurvePoint>;
  fits: Map<string, FitRecord>;
  models: Map<string, FitModelRecord[]>;
  proposals: Map<string, ProposalRecord>;
  workers: Map<string, WorkerRecord>;
  keys: Map<string, { requestHash: string; resourceId: string }>;
  outbox: (OutboxRecord & { dispatched: boolean })[];
  events: EventRecord[];
}

export function emptyTables(): Tables {
  return {
    corpora: new Map(),
    sweeps: new Map(),
    rounds: new Map(),
    runs: new Map(),
    attempts: new Map(),
    observations: new Map(),
    curves: new Map(),
    fits: new Map(),
    models: new Map(),
    proposals: new Map(),
    workers: new Map(),
    keys: new Map(),
    outbox: [],
    events: [],
  };
}
