import type { FailureClass, RunState, SweepState } from '#libs/contracts';
import type {
  DesignCount,
  RunFilter,
  RungLosses,
  RunRecord,
  Spent,
  Store,
  StoreTransaction,
  UnstartedFilter,
} from '#libs/sweeps';
import { attemptFailures } from './memory-failures.js';
import { emptyTables, type Tables } from './memory-tables.js';
import { isUnattended, MemoryTransaction, openFits } from './memory-transaction.js';

/**
 * The store in memory, for tests of the use-cases. Transactions run one after the other on a copy of the tables, which
 * takes the place of the original when the work returns; reads outside see committed tables alone.
 */
export function createMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  private tables = emptyTables();
  private last: Promise<unknown> = Promise.resolve();

  transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => {
      const draft = structuredClone(this.tables);
      const result = await work(new MemoryTransaction(draft));
      this.tables = draft;
      return result;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async read<T>(select: (tables: Tables) => T): Promise<T> {
    return structuredClone(select(this.tables));
  }

  findCorpus(id: string) {
    return this.read(({ corpora }) => corpora.get(id) ?? null);
  }

  listCorpora() {
    return this.read(({ corpora }) =>
      [...corpora.values()].sort((a, b) => compare(a.name, b.name) || a.version - b.version),
    );
  }

  findSweep(id: string) {
    return this.read(({ sweeps }) => sweeps.get(id) ?? null);
  }

  listSweeps({ offset, limit }: { offset: number; limit: number }) {
    return this.read(({ sweeps }) => ({
      sweeps: [...sweeps.values()]
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || compare(b.id, a.id))
        .slice(offset, offset + limit),
      total: sweeps.size,
    }));
  }

  listRuns(sweepId: string, { state, role, fidelity, offset, limit }: RunFilter) {
    return this.read(({ runs }) => {
      const found = [...runs.values()]
        .filter(
          (run) =>
            run.sweepId === sweepId &&
            run.state === (state ?? run.state) &&
            run.role === (role ?? run.role) &&
            run.fidelity === (fidelity ?? run.fidelity),
        )
        .sort((a, b) => a.index - b.index);
      return { runs: found.slice(offset, offset + limit), total: found.length };
    });
  }

  findRun(id: string) {
    return this.read(({ runs }) => runs.get(id) ?? null);
  }

  listAttempts(runId: string) {
    return this.read(({ attempts }) =>
      [...attempts.values()].filter((attempt) => attempt.runId === runId).sort((a, b) => a.number - b.number),
    );
  }

  listObservations(runIds: readonly string[]) {
    return this.read(({ observations }) =>
      [...new Set(runIds)].flatMap((id) => (observations.has(id) ? [observations.get(id)!] : [])),
    );
  }

  curve(runId: string) {
    return this.read(({ curves }) =>
      [...curves.values()]
        .filter((point) => point.runId === runId)
        .sort((a, b) => a.attempt - b.attempt || a.step - b.step),
    );
  }

  findFit(id: string) {
    return this.read(({ fits }) => fits.get(id) ?? null);
  }

  listFits(sweepId: string) {
    return this.read(({ fits }) => ofSweep(fits, sweepId));
  }

  openFits(sweepId: string) {
    return this.read((tables) => openFits(tables, sweepId));
  }

  fitModels(fitId: string) {
    return this.read(({ models }) => models.get(fitId) ?? []);
  }

  unattendedFits(now: Date) {
    return this.read(({ fits }) => [...fits.values()].filter((fit) => isUnattended(fit, now)).sort(byAge));
  }

  listProposals(sweepId: string) {
    return this.read(({ proposals }) => ofSweep(proposals, sweepId));
  }

  findProposal(id: string) {
    return this.read(({ proposals }) => proposals.get(id) ?? null);
  }

  eventsAfter(sweepId: string, after: number, limit: number) {
    return this.read(({ events }) =>
      events.filter((event) => event.sweepId === sweepId && event.id > after).slice(0, limit),
    );
  }

  runCounts(sweepId: string) {
    return this.read(({ runs }) => {
      const byState: Partial<Record<RunState, number>> = {};
      let first: Date | null = null;
      let runningFraction = 0;
      for (const run of runs.values()) {
        if (run.sweepId !== sweepId) continue;
        byState[run.state] = (byState[run.state] ?? 0) + 1;
        if (run.state === 'running' && run.totalSteps) runningFraction += run.step / run.totalSteps;
        if (run.startedAt && (first === null || run.startedAt < first)) first = run.startedAt;
      }
      return { byState, runningFraction, firstStartedAt: first };
    });
  }

  spent(sweepId: string) {
    return this.read(({ runs, observations }) => {
      const sum: Spent = { runs: 0, tokens: 0, flops: 0, seconds: 0 };
      for (const { runId, tokens, flops, seconds } of observations.values()) {
        if (runs.get(runId)?.sweepId !== sweepId) continue;
        sum.runs++;
        sum.tokens += tokens ?? 0;
        sum.flops += flops ?? 0;
        sum.seconds += seconds ?? 0;
      }
      return sum;
    });
  }

  designCounts(sweepId: string) {
    return this.read(({ runs }) => {
      const counts = new Map<string, DesignCount>();
      for (const { fidelity, state, role, sweepId: of } of runs.values()) {
        if (of !== sweepId || role !== 'design') continue;
        const key = `${fidelity} ${state}`;
        counts.set(key, { fidelity, state, runs: (counts.get(key)?.runs ?? 0) + 1 });
      }
      return [...counts.values()];
    });
  }

  rungLosses(sweepId: string, { fidelity, step, before }: { fidelity: number; step: number; before: number }) {
    return this.read(({ runs, curves }) =>
      [...runs.values()]
        .filter((run) => run.sweepId === sweepId && run.fidelity === fidelity && run.role === 'design')
        .sort((a, b) => a.index - b.index)
        .flatMap(({ id, state }): RungLosses[] => {
          const points = new Map<number, Record<string, number>>();
          const own = [...curves.values()].filter(
            (point) => point.runId === id && Object.keys(point.losses).length > 0,
          );
          for (const point of own.sort((a, b) => a.attempt - b.attempt)) {
            const losses = Object.entries(point.losses).map(([name, loss]) => [name, loss.natsPerToken]);
            points.set(point.step, { ...points.get(point.step), ...Object.fromEntries(losses) });
          }
          const steps = [...points.keys()].sort((a, b) => a - b);
          const rung = steps.findIndex((at) => at >= step);
          if (rung < 0) return [];
          const used = steps.slice(Math.max(0, rung - before), rung + 1);
          return [{ runId: id, state, points: used.map((at) => ({ step: at, losses: points.get(at)! })) }];
        }),
    );
  }

  pendingOutbox(limit: number) {
    return this.read(({ outbox }) =>
      outbox
        .filter((message) => !message.dispatched)
        .slice(0, limit)
        .map(({ id, topic, payload }) => ({ id, topic, payload })),
    );
  }

  expiredAttempts(now: Date) {
    return this.read(({ attempts }) =>
      [...attempts.values()].filter(
        ({ state, leaseUntil }) => state === 'open' && leaseUntil !== null && leaseUntil < now,
      ),
    );
  }

  unstartedWork(now: Date) {
    return this.read((tables) =>
      [...tables.sweeps.values()]
        .filter(({ state }) => state === 'running' || state === 'confirming')
        .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || compare(a.id, b.id))
        .map((sweep) => {
          const runs = [...tables.runs.values()].filter(
            (run) => run.sweepId === sweep.id && isUnstarted(tables, run, now),
          );
          return { sweep, fidelities: [...new Set(runs.map(({ fidelity }) => fidelity))].sort((a, b) => a - b) };
        })
        .filter(({ fidelities }) => fidelities.length > 0),
    );
  }

  unstartedRuns(sweepId: string, { fidelities, now, limit }: UnstartedFilter) {
    return this.read((tables) =>
      [...tables.runs.values()]
        .filter((run) => run.sweepId === sweepId && fidelities.includes(run.fidelity) && isUnstarted(tables, run, now))
        .sort((a, b) => a.index - b.index)
        .slice(0, limit),
    );
  }

  openAttemptsOf(workerId: string) {
    return this.read(({ attempts }) =>
      [...attempts.values()]
        .filter((attempt) => attempt.state === 'open' && attempt.workerId === workerId)
        .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || compare(a.runId, b.runId)),
    );
  }

  runsQueuedBefore(since: Date) {
    return this.read(({ runs }) =>
      [...runs.values()]
        .filter(({ state, queuedAt }) => state === 'queued' && queuedAt !== null && queuedAt < since)
        .sort((a, b) => a.queuedAt!.getTime() - b.queuedAt!.getTime() || a.index - b.index),
    );
  }

  sweepsInState(state: SweepState) {
    return this.read(({ sweeps }) =>
      [...sweeps.values()]
        .filter((sweep) => sweep.state === state)
        .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()),
    );
  }

  attemptFailures(sweepId: string) {
    return this.read((tables) => attemptFailures(tables, sweepId));
  }

  failureCounts() {
    return this.read(({ attempts }) => {
      const counts: Partial<Record<FailureClass, number>> = {};
      for (const { failureClass } of attempts.values()) {
        if (failureClass !== null) counts[failureClass] = (counts[failureClass] ?? 0) + 1;
      }
      return counts;
    });
  }

  listWorkers(since: Date) {
    return this.read(({ workers }) =>
      [...workers.values()]
        .filter(({ heartbeatAt }) => heartbeatAt >= since)
        .sort((a, b) => compare(a.host, b.host) || compare(a.id, b.id)),
    );
  }

  async ping(): Promise<void> {}
}

function ofSweep<T extends { id: string; sweepId: string; createdAt: Date }>(table: Map<string, T>, sweepId: string) {
  return [...table.values()].filter((row) => row.sweepId === sweepId).sort(byAge);
}

function byAge(a: { id: string; createdAt: Date }, b: { id: string; createdAt: Date }): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || compare(a.id, b.id);
}

function isUnstarted({ attempts }: Tables, run: RunRecord, now: Date): boolean {
  if (run.state === 'waiting') return run.notBefore === null || run.notBefore <= now;
  const attempt = attempts.get(`${run.id} ${run.attempt}`);
  return run.state === 'queued' && attempt?.state === 'open' && attempt.workerId === null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
