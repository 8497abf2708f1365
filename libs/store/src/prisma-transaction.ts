import type { FitState, RunState, SweepState } from '#libs/contracts';
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
import type { Prisma } from './generated/client.js';
import { insertCurveLosses, insertObservationLosses } from './insert-losses.js';
import { insertObservationRows, insertRuns } from './insert-runs.js';
import { openFits } from './open-fits.js';
import { hasCode } from './retry-conflicts.js';
import {
  readAttempt,
  readCorpus,
  readFit,
  readRun,
  readSweep,
  toJson,
  writeDomain,
  writeFit,
  writeObservation,
  writeRun,
  writeSweep,
} from './rows.js';

/** Lock not available, and a statement cancelled for its time. */
const lockTimeouts = new Set(['55P03', '57014']);

const inFlight: RunState[] = ['queued', 'running'];

/** One open transaction of Prisma's, seen through the port. */
export class PrismaTransaction implements StoreTransaction {
  constructor(private readonly prisma: Prisma.TransactionClient) {}

  // Locks that leave the key alone: another transaction may still insert rows that refer to this one.
  async lockSweep(id: string): Promise<SweepRecord | null> {
    await this.prisma.$queryRaw<{ id: string }[]>`SELECT id FROM sweeps WHERE id = ${id} FOR NO KEY UPDATE`;
    const row = await this.prisma.sweep.findUnique({ where: { id } });
    return row && readSweep(row);
  }

  async lockRun(id: string): Promise<RunRecord | null> {
    await this.prisma.$queryRaw<{ id: string }[]>`SELECT id FROM runs WHERE id = ${id} FOR NO KEY UPDATE`;
    const row = await this.prisma.run.findUnique({ where: { id } });
    return row && readRun(row);
  }

  async findCorpus(id: string): Promise<CorpusRecord | null> {
    return this.corpus({ id });
  }

  async findCorpusByHash(name: string, contentHash: string): Promise<CorpusRecord | null> {
    return this.corpus({ name_contentHash: { name, contentHash } });
  }

  private async corpus(where: Prisma.CorpusWhereUniqueInput): Promise<CorpusRecord | null> {
    const include = { domains: { orderBy: { position: 'asc' } } } as const;
    const row = await this.prisma.corpus.findUnique({ where, include });
    return row && readCorpus(row);
  }

  async latestCorpusVersion(name: string): Promise<number> {
    const { _max } = await this.prisma.corpus.aggregate({ where: { name }, _max: { version: true } });
    return _max.version ?? 0;
  }

  async insertCorpus({ domains, ...corpus }: CorpusRecord): Promise<void> {
    // Its name with this content, or with this version, may just have been registered by another transaction: that is a
    // conflict, and the whole work runs again.
    const { count } = await this.prisma.corpus.createMany({ data: [corpus], skipDuplicates: true });
    if (count === 0)
      throw Object.assign(new Error(`corpus "${corpus.name}" was registered meanwhile`), { code: '40001' });
    await this.prisma.corpusDomain.createMany({
      data: domains.map((domain, position) => writeDomain(corpus.id, position, domain)),
    });
  }

  async findIdempotencyKey(route: string, key: string) {
    return this.prisma.idempotencyKey.findUnique({
      where: { route_key: { route, key } },
      select: { requestHash: true, resourceId: true },
    });
  }

  async insertIdempotencyKey(route: string, key: string, requestHash: string, resourceId: string): Promise<void> {
    // Waits while another transaction with the same key is open, and inserts nothing once that one has committed.
    const inserted = await this.prisma.idempotencyKey
      .createMany({ data: { route, key, requestHash, resourceId }, skipDuplicates: true })
      .catch((error: unknown) => {
        // The other one takes longer than a lock may be waited for, as a large import does: its outcome is not known.
        if (hasCode(error, lockTimeouts)) throw new IdempotencyRace(key);
        throw error;
      });
    if (inserted.count === 0) throw new IdempotencyRace(key);
  }

  async insertSweep(sweep: SweepRecord): Promise<void> {
    await this.prisma.sweep.create({ data: writeSweep(sweep) as Prisma.SweepUncheckedCreateInput });
  }

  async updateSweep(id: string, from: readonly SweepState[], patch: Partial<SweepRecord>): Promise<boolean> {
    const { count } = await this.prisma.sweep.updateMany({
      where: { id, state: { in: [...from] } },
      data: writeSweep(patch),
    });
    return count > 0;
  }

  async insertRound(round: RoundRecord): Promise<void> {
    await this.prisma.round.create({ data: round });
  }

  async listRounds(sweepId: string): Promise<RoundRecord[]> {
    return this.prisma.round.findMany({ where: { sweepId }, orderBy: { index: 'asc' } });
  }

  async deleteRound(roundId: string): Promise<void> {
    await this.prisma.round.deleteMany({ where: { id: roundId } });
  }

  async insertRuns(runs: readonly RunRecord[]): Promise<void> {
    await insertRuns(this.prisma, runs);
  }

  async runsOfSweep(sweepId: string, states: readonly RunState[]): Promise<RunRecord[]> {
    const rows = await this.prisma.run.findMany({
      where: { sweepId, state: { in: [...states] } },
      orderBy: { index: 'asc' },
    });
    return rows.map(readRun);
  }

  async claimWaitingRuns(limit: number, now: Date): Promise<RunRecord[]> {
    const claimed = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT runs.id FROM runs JOIN sweeps ON sweeps.id = runs.sweep_id
      WHERE runs.state = 'waiting' AND sweeps.state IN ('running', 'confirming')
        AND (runs.not_before IS NULL OR runs.not_before <= ${now})
      ORDER BY sweeps.created_at, sweeps.id, runs.index LIMIT ${limit}
      FOR NO KEY UPDATE OF runs SKIP LOCKED`;
    const ids = claimed.map(({ id }) => id);
    const rows = new Map(
      (await this.prisma.run.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, readRun(row)]),
    );
    return ids.map((id) => rows.get(id)!);
  }

  async countInFlight(): Promise<number> {
    return this.prisma.run.count({ where: { state: { in: inFlight } } });
  }

  async countUnfinished(roundId: string): Promise<number> {
    return this.prisma.run.count({ where: { roundId, state: { in: ['waiting', ...inFlight] } } });
  }

  async updateRuns(ids: readonly string[], patch: Partial<RunRecord>): Promise<void> {
    // PostgreSQL takes some 32,000 parameters in a statement.
    for (let from = 0; from < ids.length; from += 10_000) {
      await this.prisma.run.updateMany({
        where: { id: { in: ids.slice(from, from + 10_000) } },
        data: writeRun(patch),
      });
    }
  }

  async cancelUnfinished(sweepId: string, now: Date): Promise<AttemptRecord[]> {
    // The runs first: whoever opens an attempt holds its run, so that afterwards every open attempt can be seen.
    await this.prisma.run.updateMany({
      where: { sweepId, state: { in: ['waiting', 'queued', 'running'] } },
      data: { state: 'cancelled', finishedAt: now },
    });
    const open = { state: 'open', run: { sweepId } } as const;
    const rows = await this.prisma.attempt.findMany({ where: open });
    await this.prisma.attempt.updateMany({ where: open, data: { state: 'cancelled', leaseUntil: null, endedAt: now } });
    return rows.map(readAttempt);
  }

  async updateRun(id: string, patch: Partial<RunRecord>): Promise<void> {
    await this.prisma.run.updateMany({ where: { id }, data: writeRun(patch) });
  }

  async insertAttempt(attempt: AttemptRecord): Promise<void> {
    await this.prisma.attempt.create({ data: attempt });
  }

  async findAttempt(runId: string, number: number): Promise<AttemptRecord | null> {
    const row = await this.prisma.attempt.findUnique({ where: { runId_number: { runId, number } } });
    return row && readAttempt(row);
  }

  async updateAttempt(runId: string, number: number, patch: Partial<AttemptRecord>): Promise<void> {
    await this.prisma.attempt.updateMany({ where: { runId, number }, data: patch });
  }

  async insertObservation(observation: ObservationRecord): Promise<void> {
    const { count } = await this.prisma.observation.createMany({
      data: [writeObservation(observation)],
      skipDuplicates: true,
    });
    if (count === 0) throw new StateConflict(`Run "${observation.runId}" has an observation already.`);
    await insertObservationLosses(this.prisma, [observation]);
    await this.prisma.expertLoad.createMany({
      data: observation.expertLoads.map(({ load, ...rest }) => ({
        ...rest,
        runId: observation.runId,
        load: toJson(load, 'load'),
      })),
    });
  }

  async insertObservations(observations: readonly ObservationRecord[]): Promise<void> {
    await insertObservationRows(this.prisma, observations);
    await insertObservationLosses(this.prisma, observations);
  }

  async deleteObservation(runId: string): Promise<void> {
    await this.prisma.observation.deleteMany({ where: { runId } });
  }

  // A report may be delivered twice: the point is the same one.
  async insertCurvePoint({ losses, tokens, ...point }: CurvePoint): Promise<void> {
    const { count } = await this.prisma.curvePoint.createMany({
      data: { ...point, tokens: BigInt(tokens) },
      skipDuplicates: true,
    });
    if (count > 0) await insertCurveLosses(this.prisma, point, losses);
  }

  async insertFit(fit: FitRecord): Promise<void> {
    await this.prisma.fit.create({ data: writeFit(fit) as Prisma.FitUncheckedCreateInput });
  }

  openFits(sweepId: string): Promise<OpenFit[]> {
    return openFits(this.prisma, sweepId);
  }

  async claimFit(id: string, now: Date, leaseUntil: Date): Promise<FitRecord | null> {
    const claimed = { state: 'running', claim: { increment: 1 }, leaseUntil, startedAt: now } as const;
    const fresh = await this.prisma.fit.updateMany({ where: { id, state: 'queued' }, data: claimed });
    if (fresh.count === 0) {
      const lost = await this.prisma.fit.updateMany({
        where: { id, state: 'running', OR: [{ leaseUntil: null }, { leaseUntil: { lt: now } }] },
        data: { ...claimed, lost: { increment: 1 } },
      });
      if (lost.count === 0) return null;
    }
    const row = await this.prisma.fit.findUnique({ where: { id } });
    return row && readFit(row);
  }

  async updateFit(
    id: string,
    { states, claim }: { states: readonly FitState[]; claim?: number },
    patch: Partial<FitRecord>,
  ): Promise<boolean> {
    const { count } = await this.prisma.fit.updateMany({
      where: { id, state: { in: [...states] }, ...(claim !== undefined && { claim }) },
      data: writeFit(patch),
    });
    return count > 0;
  }

  async cancelFits(sweepId: string, now: Date): Promise<void> {
    await this.prisma.fit.updateMany({
      where: { sweepId, state: { in: ['queued', 'running'] } },
      data: writeFit({ state: 'cancelled', progress: null, leaseUntil: null, finishedAt: now }),
    });
  }

  async insertFitModels(fitId: string, models: readonly FitModelRecord[]): Promise<void> {
    // One statement each: a model may take megabytes.
    for (const [position, { target, packed }] of models.entries()) {
      await this.prisma.fitModel.create({ data: { fitId, target, position, packed: Buffer.from(packed) } });
    }
  }

  async insertProposal(proposal: ProposalRecord): Promise<void> {
    const weights = toJson(proposal.weights, 'weights');
    await this.prisma.proposal.create({
      data: { ...proposal, weights, document: toJson(proposal.document, 'document') },
    });
  }

  async putWorker({ registeredAt, heartbeatAt, ...snapshot }: WorkerRecord): Promise<void> {
    const { id, sequence } = snapshot;
    const row = { sequence, heartbeatAt, snapshot: toJson(snapshot, 'worker') };
    const { count } = await this.prisma.worker.updateMany({ where: { id, sequence: { lt: sequence } }, data: row });
    if (count === 0)
      await this.prisma.worker.createMany({ data: [{ id, registeredAt, ...row }], skipDuplicates: true });
  }

  async deleteWorkersSilentSince(since: Date): Promise<void> {
    await this.prisma.worker.deleteMany({ where: { heartbeatAt: { lt: since } } });
  }

  async appendOutbox({ topic, payload }: Omit<OutboxRecord, 'id'>): Promise<void> {
    await this.prisma.outboxMessage.create({ data: { topic, payload: toJson(payload, 'payload') } });
  }

  async markDispatched(ids: readonly number[]): Promise<void> {
    await this.prisma.outboxMessage.updateMany({
      where: { id: { in: ids.map(BigInt) } },
      data: { dispatchedAt: new Date() },
    });
  }

  async appendEvent({ sweepId, type, data }: Pick<EventRecord, 'sweepId' | 'type' | 'data'>): Promise<void> {
    // Ids are given at the insert but seen at the commit: without this lock a reader of "everything after id 7" could
    // miss 8, which commits after 9. It ends with the transaction.
    await this.prisma.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${sweepId}, 0))`;
    await this.prisma.sweepEvent.create({ data: { sweepId, type, data: toJson(data, 'data') } });
  }
}
