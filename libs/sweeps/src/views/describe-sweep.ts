import { type FidelityProgress, runStates, type SweepResponse } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { SweepRecord } from '../ports/records.js';
import type { DesignCount, RunCounts } from '../ports/store.port.js';
import { rememberedSince } from '../workers/prune-workers.js';
import { whyUnstarted } from '../workers/why-unstarted.js';
import { progressOf } from './progress.js';

export async function describeSweep(context: SweepContext, sweep: SweepRecord): Promise<SweepResponse> {
  const counts = await context.store.runCounts(sweep.id);
  const designed = await context.store.designCounts(sweep.id);
  return {
    id: sweep.id,
    name: sweep.name,
    state: sweep.state,
    reason: sweep.reason,
    corpusId: sweep.corpusId,
    specification: sweep.specification,
    targets: [...sweep.targets],
    progress: progressOf(sweep, counts, context.now()),
    fidelities: sweep.specification.fidelities.map(({ name }, index) => ({ name, runs: byState(designed, index) })),
    spent: await context.store.spent(sweep.id),
    unstarted: await unstartedReason(context, sweep, counts),
    fitId: sweep.fitId,
    proposalId: sweep.proposalId,
    confirmation: sweep.confirmation,
    createdAt: sweep.createdAt.toISOString(),
    finishedAt: sweep.finishedAt?.toISOString() ?? null,
  };
}

async function unstartedReason(context: SweepContext, sweep: SweepRecord, counts: RunCounts): Promise<string | null> {
  if (sweep.state !== 'running' && sweep.state !== 'confirming') return null;
  const now = context.now();
  return whyUnstarted(sweep, counts, await context.store.listWorkers(rememberedSince(now)), now);
}

function byState(counts: readonly DesignCount[], fidelity: number): FidelityProgress['runs'] {
  const own = counts.filter((count) => count.fidelity === fidelity);
  return Object.fromEntries(
    runStates.map((state) => [state, own.find((count) => count.state === state)?.runs ?? 0]),
  ) as FidelityProgress['runs'];
}
