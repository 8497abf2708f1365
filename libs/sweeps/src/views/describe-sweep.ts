import type { SweepResponse } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { SweepRecord } from '../ports/records.js';
import { progressOf } from './progress.js';

export async function describeSweep(context: SweepContext, sweep: SweepRecord): Promise<SweepResponse> {
  const counts = await context.store.runCounts(sweep.id);
  return {
    id: sweep.id,
    name: sweep.name,
    state: sweep.state,
    reason: sweep.reason,
    corpusId: sweep.corpusId,
    specification: sweep.specification,
    targets: [...sweep.targets],
    progress: progressOf(sweep, counts, context.now()),
    fitId: sweep.fitId,
    proposalId: sweep.proposalId,
    confirmation: sweep.confirmation,
    createdAt: sweep.createdAt.toISOString(),
    finishedAt: sweep.finishedAt?.toISOString() ?? null,
  };
}
