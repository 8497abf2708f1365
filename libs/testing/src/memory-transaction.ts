import { type FitState, type RunState, type SweepState, toJsonDocument } from '#libs/contracts';
import {
  type AttemptRecord,
  type CorpusRecord,
  type CurvePoint,
  type EventRecord,
  type FitModelRecord,
  type FitRecord,
  IdempotencyRace,
  type ObservationRecord,
  type OpenFit,
  type OutboxRecord,
  type ProposalRecord,
  type RoundRecord,
  type RunRecord,
  StateConflict,
  type StoreTransaction,
  type SweepRecord,
  type WorkerRecord,
} from '#libs/sweeps';
import type { Tables } from './memory-tables.js';

const inFlight: readonly RunState[] = ['queued', 'running'];

/** Of one sweep, queued or running, oldest first. */
export function openFits({ fits }: Tables, sweepId: string): OpenFit[] {
  return [...fits.values()]
    .filter((fit) => fit.sweepId === sweepId && (fit.state === 'queued' || fit.state === 'running'))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1))
    .map(({ id, refit }) => ({ id, refit }));
}

/** Works on its own copy of the tables; locks need nothing, since transactions take turns. */
export class MemoryTransaction implements StoreTransaction {
  constructor(private readonly tables: Tables) {}

  private insert<K extends string, T extends object>(table: Map<K, T>, key: K, row: T): void {
    if (table.has(key)) throw new Error(`unique constraint: there is a row "${key}" already`);
    table.set(key, structuredClone(row));
  }

  private requireRow(table: ReadonlyMap<string, unknown>, id: string): void {
    if (!table.has(id)) throw new Error(`foreign key: there is no row "${id}"`);
  }

  private runs(select: (run: RunRecord) => boolean): RunRecord[] {
    return structuredClone([...this.tables.runs.values()].filter(select).sort((a, b) => a.index - b.index));
  }

  async lockSweep(id: string): Promise<SweepRecord | null> {
    return structuredClone(this.tables.sweeps.get(id) ?? null);
  }

  async lockRun(id: string): Promise<RunRecord | null> {
    return structuredClone(this.tables.runs.get(id) ?? null);
  }

  async findCorpus(id: string): Promise<CorpusRecord | null> {
    return structuredClone(this.tables.corpora.get(id) ?? null);
  }

  private versions(name: string): CorpusRecord[] {
    return [...this.tables.corpora.values()].filter((corpus) => corpus.name === name);
  }

  async findCorpusByHash(name: string, contentHash: string): Promise<CorpusRecord | null> {
    return structuredClone(this.versions(name).find((corpus) => corpus.contentHash === contentHash) ?? null);
  }

  async latestCorpusVersion(name: string): Promise<number> {
    return Math.max(0, ...this.versions(name).map(({ version }) => version));
  }

  async insertCorpus(corpus: CorpusRecord): Promise<void> {
    const { version, contentHash } = corpus;
    if (this.versions(corpus.name).some((other) => other.version === version || other.contentHash === contentHash)) {
      throw new Error(`unique constraint: corpus "${corpus.name}" has this version or content already`);
    }
    this.insert(this.tables.corpora, corpus.id, corpus);
  }

  async findIdempotencyKey(route: string, key: string) {
    return structuredClone(this.tables.keys.get(`${route} ${key}`) ?? null);
  }

  async insertIdempotencyKey(route: string, key: string, requestHash: string, resourceId: string): Promise<void> {
    if (this.tables.keys.has(`${route} ${key}`)) throw new IdempotencyRace(key);
    this.tables.keys.set(`${route} ${key}`, { requestHash, resourceId });
  }

  async insertSweep(sweep: SweepRecord): Promise<void> {
    this.requireRow(this.tables.corpora, sweep.corpusId);
    this.insert(this.tables.sweeps, sweep.id, withDocuments(sweep));
  }

  async updateSweep(id: string, from: readonly SweepState[], patch: Partial<SweepRecord>): Promise<boolean> {
    const sweep = this.tables.sweeps.get(id);
    if (!sweep || !from.includes(sweep.state)) return false;
    Object.assign(sweep, withDocuments(given(patch)));
    return true;
  }

  async insertRound(round: RoundRecord): Promise<void> {
    this.requireRow(this.tables.sweeps, round.sweepId);
    this.insert(this.tables.rounds, round.id, round);
  }

  async listRounds(sweepId: string): Promise<RoundRecord[]> {
    const rounds = [...this.tables.rounds.values()].filter((round) => round.sweepId === sweepId);
    return structuredClone(rounds.sort((a, b) => a.index - b.index));
  }

  async deleteRound(roundId: string): Promise<void> {
    const { rounds, runs, attempts, observations, curves } = this.tables;
    rounds.delete(roundId);
    for (const { id } of [...runs.values()].filter((run) => run.roundId === roundId)) {
      runs.delete(id);
      observations.delete(id);
      for (const table of [attempts, curves] as Map<string, { runId: string }>[]) {
        for (const [key, row] of table) if (row.runId === id) table.delete(key);
      }
    }
  }

  async insertRuns(runs: readonly RunRecord[]): Promise<void> {
    for (const run of runs) {
      this.requireRow(this.tables.rounds, run.roundId);
      this.insert(this.tables.runs, run.id, run);
    }
  }

  async runsOfSweep(sweepId: string, states: readonly RunState[]): Promise<RunRecord[]> {
    return this.runs((run) => run.sweepId === sweepId && states.includes(run.state));
  }

  async claimWaitingRuns(limit: number, now: Date): Promise<RunRecord[]> {
    const open = [...this.tables.sweeps.values()].filter(({ state }) => state === 'running' || state === 'confirming');
    open.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
    const isDue = (run: RunRecord) => run.state === 'waiting' && (run.notBefore === null || run.notBefore <= now);
    return open.flatMap(({ id }) => this.runs((run) => run.sweepId === id && isDue(run))).slice(0, limit);
  }

  async countInFlight(): Promise<number> {
    return this.runs((run) => inFlight.includes(run.state)).length;
  }

  async countUnfinished(roundId: string): Promise<number> {
    return this.runs((run) => run.roundId === roundId && (run.state === 'waiting' || inFlight.includes(run.state)))
      .length;
  }

  async updateRuns(ids: readonly string[], patch: Partial<RunRecord>): Promise<void> {
    for (const id of ids) await this.updateRun(id, patch);
  }

  async cancelUnfinished(sweepId: string, now: Date): Promise<AttemptRecord[]> {
    const cancelled: AttemptRecord[] = [];
    for (const run of await this.runsOfSweep(sweepId, ['waiting', 'queued', 'running'])) {
      await this.updateRun(run.id, { state: 'cancelled', finishedAt: now });
      const attempt = this.tables.attempts.get(`${run.id} ${run.attempt}`);
      if (attempt?.state !== 'open') continue;
      cancelled.push({ ...attempt });
      Object.assign(attempt, { state: 'cancelled', leaseUntil: null, endedAt: now });
    }
    return cancelled;
  }

  async updateRun(id: string, patch: Partial<RunRecord>): Promise<void> {
    const run = this.tables.runs.get(id);
    if (run) Object.assign(run, given(patch));
  }

  async insertAttempt(attempt: AttemptRecord): Promise<void> {
    this.requireRow(this.tables.runs, attempt.runId);
    this.insert(this.tables.attempts, `${attempt.runId} ${attempt.number}`, attempt);
  }

  async findAttempt(runId: string, number: number): Promise<AttemptRecord | null> {
    return structuredClone(this.tables.attempts.get(`${runId} ${number}`) ?? null);
  }

  async updateAttempt(runId: string, number: number, patch: Partial<AttemptRecord>): Promise<void> {
    const attempt = this.tables.attempts.get(`${runId} ${number}`);
    if (attempt) Object.assign(attempt, given(patch));
  }

  async insertObservation(observation: ObservationRecord): Promise<void> {
    this.requireRow(this.tables.runs, observation.runId);
    if (this.tables.observations.has(observation.runId)) {
      throw new StateConflict(`Run "${observation.runId}" has an observation already.`);
    }
    this.insert(this.tables.observations, observation.runId, observation);
  }

  async insertObservations(observations: readonly ObservationRecord[]): Promise<void> {
    for (const observation of observations) await this.insertObservation(observation);
  }

  async deleteObservation(runId: string): Promise<void> {
    this.tables.observations.delete(runId);
  }

  async insertCurvePoint(point: CurvePoint): Promise<void> {
    this.requireRow(this.tables.runs, point.runId);
    const key = `${point.runId} ${point.attempt} ${point.step}`;
    if (!this.tables.curves.has(key)) this.insert(this.tables.curves, key, point);
  }

  async insertFit(fit: FitRecord): Promise<void> {
    this.requireRow(this.tables.sweeps, fit.sweepId);
    this.insert(this.tables.fits, fit.id, withTargets(fit));
  }

  async openFits(sweepId: string): Promise<OpenFit[]> {
    return openFits(this.tables, sweepId);
  }

  async claimFit(id: string, now: Date, leaseUntil: Date): Promise<FitRecord | null> {
    const fit = this.tables.fits.get(id);
    if (!fit || !isUnattended(fit, now)) return null;
    const lost = fit.lost + (fit.state === 'running' ? 1 : 0);
    Object.assign(fit, { state: 'running', claim: fit.claim + 1, lost, leaseUntil, startedAt: now });
    return structuredClone(fit);
  }

  async updateFit(
    id: string,
    { states, claim }: { states: readonly FitState[]; claim?: number },
    patch: Partial<FitRecord>,
  ): Promise<boolean> {
    const fit = this.tables.fits.get(id);
    if (!fit || !states.includes(fit.state) || (claim ?? fit.claim) !== fit.claim) return false;
    Object.assign(fit, withTargets(given(patch)));
    return true;
  }

  async cancelFits(sweepId: string, now: Date): Promise<void> {
    for (const fit of this.tables.fits.values()) {
      if (fit.sweepId !== sweepId || (fit.state !== 'queued' && fit.state !== 'running')) continue;
      Object.assign(fit, { state: 'cancelled', progress: null, leaseUntil: null, finishedAt: now });
    }
  }

  async insertFitModels(fitId: string, models: readonly FitModelRecord[]): Promise<void> {
    this.requireRow(this.tables.fits, fitId);
    this.insert(this.tables.models, fitId, [...models]);
  }

  async insertProposal(proposal: ProposalRecord): Promise<void> {
    this.requireRow(this.tables.fits, proposal.fitId);
    const document = toJsonDocument(proposal.document, 'document');
    const weights = toJsonDocument(proposal.weights, 'weights');
    this.insert(this.tables.proposals, proposal.id, { ...proposal, weights, document });
  }

  async putWorker(worker: WorkerRecord): Promise<void> {
    const known = this.tables.workers.get(worker.id);
    if (known && known.sequence >= worker.sequence) return;
    const { registeredAt } = known ?? worker;
    this.tables.workers.set(worker.id, structuredClone({ ...worker, registeredAt }));
  }

  async deleteWorkersSilentSince(since: Date): Promise<void> {
    for (const [id, { heartbeatAt }] of this.tables.workers) if (heartbeatAt < since) this.tables.workers.delete(id);
  }

  async appendOutbox({ topic, payload }: Omit<OutboxRecord, 'id'>): Promise<void> {
    const id = this.tables.outbox.length + 1;
    this.tables.outbox.push({ id, topic, payload: toJsonDocument(payload, 'payload'), dispatched: false });
  }

  async markDispatched(ids: readonly number[]): Promise<void> {
    for (const message of this.tables.outbox) if (ids.includes(message.id)) message.dispatched = true;
  }

  async appendEvent({ sweepId, type, data }: Pick<EventRecord, 'sweepId' | 'type' | 'data'>): Promise<void> {
    this.requireRow(this.tables.sweeps, sweepId);
    const id = this.tables.events.length + 1;
    this.tables.events.push({ id, sweepId, type, data: toJsonDocument(data, 'data'), at: new Date() });
  }
}

/** Queued, or running under a claim that has ended. */
export function isUnattended({ state, leaseUntil }: FitRecord, now: Date): boolean {
  return state === 'queued' || (state === 'running' && (leaseUntil === null || leaseUntil < now));
}

function withTargets<T extends Partial<FitRecord>>(fit: T): T {
  return { ...fit, ...(fit.targets && { targets: toJsonDocument(fit.targets, 'targets') }) };
}

/** A patch leaves out what is undefined. */
function given<T extends object>(patch: T): Partial<T> {
  return structuredClone(
    Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)),
  ) as Partial<T>;
}

function withDocuments<T extends Partial<SweepRecord>>(sweep: T): T {
  return {
    ...sweep,
    ...(sweep.specification && { specification: toJsonDocument(sweep.specification, 'specification') }),
    ...(sweep.confirmation && { confirmation: toJsonDocument(sweep.confirmation, 'confirmation') }),
  };
}
