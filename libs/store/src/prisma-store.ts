import type { SweepState } from '#libs/contracts';
import type {
  AttemptRecord,
  CorpusRecord,
  CurvePoint,
  DesignCount,
  EventRecord,
  FitModelRecord,
  FitRecord,
  ObservationRecord,
  OpenFit,
  OutboxRecord,
  ProposalRecord,
  RunCounts,
  RunFilter,
  RungLosses,
  RunRecord,
  Spent,
  Store,
  StoreTransaction,
  SweepRecord,
  UnstartedFilter,
  UnstartedWork,
  WorkerRecord,
} from '#libs/sweeps';
import { attemptFailures, failureCounts } from './attempt-failures.js';
import type { Prisma, PrismaClient } from './generated/client.js';
import type { RunState } from './generated/enums.js';
import { openFits } from './open-fits.js';
import { PrismaTransaction } from './prisma-transaction.js';
import { retryConflicts } from './retry-conflicts.js';
import {
  readAttempt,
  readCorpus,
  readCurvePoint,
  readEvent,
  readFit,
  readObservation,
  readOutbox,
  readProposal,
  readRun,
  readSweep,
  readWorker,
  writeRole,
} from './rows.js';
import { rungLosses } from './rung-losses.js';

const withDomains = { domains: { orderBy: { position: 'asc' } } } as const;

/** The longest a transaction may wait for a connection, and the longest it may take; milliseconds. */
const transactionLimits = { maxWait: 10_000, timeout: 15_000, isolationLevel: 'ReadCommitted' } as const;
const bulkLimits = { ...transactionLimits, timeout: 120_000 } as const;

/** Of a statement: its rows are read without a break. How many losses a run has is known after the first. */
const lossesPerStatement = 5_000;
const fewestIdsPerStatement = 20;
const mostIdsPerStatement = 500;

/** Only a run's current attempt can be open. */
function unstarted(now: Date): Prisma.RunWhereInput {
  return {
    OR: [
      { state: 'waiting', notBefore: null },
      { state: 'waiting', notBefore: { lte: now } },
      { state: 'queued', attempts: { some: { state: 'open', workerId: null } } },
    ],
  };
}

export class PrismaStore implements Store {
  constructor(private readonly prisma: PrismaClient) {}

  transaction<T>(work: (tx: StoreTransaction) => Promise<T>, { bulk = false } = {}): Promise<T> {
    const limits = bulk ? bulkLimits : transactionLimits;
    return retryConflicts(() => this.prisma.$transaction((client) => work(new PrismaTransaction(client)), limits));
  }

  async findCorpus(id: string): Promise<CorpusRecord | null> {
    const row = await this.prisma.corpus.findUnique({ where: { id }, include: withDomains });
    return row && readCorpus(row);
  }

  async listCorpora(): Promise<CorpusRecord[]> {
    const rows = await this.prisma.corpus.findMany({
      include: withDomains,
      orderBy: [{ name: 'asc' }, { version: 'asc' }],
    });
    return rows.map(readCorpus);
  }

  async findSweep(id: string): Promise<SweepRecord | null> {
    const row = await this.prisma.sweep.findUnique({ where: { id } });
    return row && readSweep(row);
  }

  async listSweeps({ offset, limit }: { offset: number; limit: number }) {
    const [rows, total] = await Promise.all([
      this.prisma.sweep.findMany({ skip: offset, take: limit, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] }),
      this.prisma.sweep.count(),
    ]);
    return { sweeps: rows.map(readSweep), total };
  }

  async listRuns(sweepId: string, { state, role, fidelity, offset, limit }: RunFilter) {
    const where = {
      sweepId,
      ...(state && { state }),
      ...(role && { role: writeRole(role) }),
      ...(fidelity !== undefined && { fidelity }),
    };
    const [rows, total] = await Promise.all([
      this.prisma.run.findMany({ where, skip: offset, take: limit, orderBy: { index: 'asc' } }),
      this.prisma.run.count({ where }),
    ]);
    return { runs: rows.map(readRun), total };
  }

  async findRun(id: string): Promise<RunRecord | null> {
    const row = await this.prisma.run.findUnique({ where: { id } });
    return row && readRun(row);
  }

  async listAttempts(runId: string): Promise<AttemptRecord[]> {
    const rows = await this.prisma.attempt.findMany({ where: { runId }, orderBy: { number: 'asc' } });
    return rows.map(readAttempt);
  }

  async listObservations(runIds: readonly string[]): Promise<ObservationRecord[]> {
    const found: ObservationRecord[] = [];
    let ids = fewestIdsPerStatement;
    for (let from = 0; from < runIds.length; ) {
      const rows = await this.prisma.observation.findMany({
        where: { runId: { in: runIds.slice(from, from + ids) } },
        include: { losses: true, expertLoads: { orderBy: [{ layer: 'asc' }, { domain: 'asc' }] } },
      });
      for (const row of rows) found.push(readObservation(row));
      from += ids;
      const losses = rows.reduce((sum, row) => sum + row.losses.length, 0) / Math.max(1, rows.length);
      ids = Math.max(
        fewestIdsPerStatement,
        Math.min(mostIdsPerStatement, Math.floor(lossesPerStatement / (losses + 1))),
      );
    }
    return found;
  }

  async curve(runId: string): Promise<CurvePoint[]> {
    const rows = await this.prisma.curvePoint.findMany({
      where: { runId },
      include: { losses: true },
      orderBy: [{ attempt: 'asc' }, { step: 'asc' }],
    });
    return rows.map(readCurvePoint);
  }

  async findFit(id: string): Promise<FitRecord | null> {
    const row = await this.prisma.fit.findUnique({ where: { id } });
    return row && readFit(row);
  }

  async listFits(sweepId: string): Promise<FitRecord[]> {
    const rows = await this.prisma.fit.findMany({ where: { sweepId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
    return rows.map(readFit);
  }

  openFits(sweepId: string): Promise<OpenFit[]> {
    return openFits(this.prisma, sweepId);
  }

  async fitModels(fitId: string): Promise<FitModelRecord[]> {
    const rows = await this.prisma.fitModel.findMany({ where: { fitId }, orderBy: { position: 'asc' } });
    return rows.map(({ target, packed }) => ({ target, packed }));
  }

  async unattendedFits(now: Date): Promise<FitRecord[]> {
    const rows = await this.prisma.fit.findMany({
      where: {
        OR: [
          { state: 'queued' },
          { state: 'running', leaseUntil: null },
          { state: 'running', leaseUntil: { lt: now } },
        ],
      },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map(readFit);
  }

  async listProposals(sweepId: string): Promise<ProposalRecord[]> {
    const rows = await this.prisma.proposal.findMany({
      where: { sweepId },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map(readProposal);
  }

  async findProposal(id: string): Promise<ProposalRecord | null> {
    const row = await this.prisma.proposal.findUnique({ where: { id } });
    return row && readProposal(row);
  }

  async eventsAfter(sweepId: string, after: number, limit: number): Promise<EventRecord[]> {
    const rows = await this.prisma.sweepEvent.findMany({
      where: { sweepId, id: { gt: BigInt(after) } },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(readEvent);
  }

  async runCounts(sweepId: string): Promise<RunCounts> {
    const rows = await this.prisma.$queryRaw<
      { state: RunState; runs: bigint; fraction: number | null; started: Date | null }[]
    >`
      SELECT state::text AS state, count(*) AS runs,
        sum(step::float8 / total_steps) FILTER (WHERE total_steps > 0) AS fraction,
        min(started_at) AS started
      FROM runs WHERE sweep_id = ${sweepId} GROUP BY state`;
    const starts = rows.flatMap(({ started }) => (started === null ? [] : [started.getTime()]));
    return {
      byState: Object.fromEntries(rows.map(({ state, runs }) => [state, Number(runs)])),
      runningFraction: rows.find(({ state }) => state === 'running')?.fraction ?? 0,
      firstStartedAt: starts.length === 0 ? null : new Date(Math.min(...starts)),
    };
  }

  async spent(sweepId: string): Promise<Spent> {
    const { _count, _sum } = await this.prisma.observation.aggregate({
      where: { run: { sweepId } },
      _count: true,
      _sum: { tokens: true, flops: true, seconds: true },
    });
    const { tokens, flops, seconds } = _sum;
    return { runs: _count, tokens: Number(tokens ?? 0), flops: flops ?? 0, seconds: seconds ?? 0 };
  }

  async designCounts(sweepId: string): Promise<DesignCount[]> {
    const rows = await this.prisma.run.groupBy({
      by: ['fidelity', 'state'],
      where: { sweepId, role: 'design' },
      _count: { _all: true },
    });
    return rows.map(({ fidelity, state, _count }) => ({ fidelity, state, runs: _count._all }));
  }

  rungLosses(sweepId: string, rung: { fidelity: number; step: number; before: number }): Promise<RungLosses[]> {
    return rungLosses(this.prisma, sweepId, rung);
  }

  async pendingOutbox(limit: number): Promise<OutboxRecord[]> {
    const rows = await this.prisma.outboxMessage.findMany({
      where: { dispatchedAt: null },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(readOutbox);
  }

  async expiredAttempts(now: Date): Promise<AttemptRecord[]> {
    const rows = await this.prisma.attempt.findMany({ where: { state: 'open', leaseUntil: { lt: now } } });
    return rows.map(readAttempt);
  }

  async runsQueuedBefore(since: Date): Promise<RunRecord[]> {
    const rows = await this.prisma.run.findMany({
      where: { state: 'queued', queuedAt: { lt: since } },
      orderBy: [{ queuedAt: 'asc' }, { index: 'asc' }],
    });
    return rows.map(readRun);
  }

  async unstartedWork(now: Date): Promise<UnstartedWork[]> {
    const groups = await this.prisma.run.groupBy({
      by: ['sweepId', 'fidelity'],
      where: { ...unstarted(now), sweep: { state: { in: ['running', 'confirming'] } } },
    });
    if (groups.length === 0) return [];
    const sweeps = await this.prisma.sweep.findMany({
      where: { id: { in: groups.map(({ sweepId }) => sweepId) } },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return sweeps.map((sweep) => ({
      sweep: readSweep(sweep),
      fidelities: groups
        .filter(({ sweepId }) => sweepId === sweep.id)
        .map(({ fidelity }) => fidelity)
        .sort((a, b) => a - b),
    }));
  }

  async unstartedRuns(sweepId: string, { fidelities, now, limit }: UnstartedFilter): Promise<RunRecord[]> {
    const rows = await this.prisma.run.findMany({
      where: { ...unstarted(now), sweepId, fidelity: { in: [...fidelities] } },
      orderBy: { index: 'asc' },
      take: limit,
    });
    return rows.map(readRun);
  }

  async openAttemptsOf(workerId: string): Promise<AttemptRecord[]> {
    const rows = await this.prisma.attempt.findMany({
      where: { state: 'open', workerId },
      orderBy: [{ createdAt: 'asc' }, { runId: 'asc' }],
    });
    return rows.map(readAttempt);
  }

  async sweepsInState(state: SweepState): Promise<SweepRecord[]> {
    const rows = await this.prisma.sweep.findMany({ where: { state }, orderBy: { createdAt: 'asc' } });
    return rows.map(readSweep);
  }

  attemptFailures(sweepId: string) {
    return attemptFailures(this.prisma, sweepId);
  }

  failureCounts() {
    return failureCounts(this.prisma);
  }

  async listWorkers(since: Date): Promise<WorkerRecord[]> {
    const rows = await this.prisma.worker.findMany({ where: { heartbeatAt: { gte: since } } });
    const place = ({ host, id }: WorkerRecord) => `${host}\0${id}`;
    return rows.map(readWorker).sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }

  async ping(): Promise<void> {
    await this.prisma.$queryRaw`SELECT 1`;
  }
}
