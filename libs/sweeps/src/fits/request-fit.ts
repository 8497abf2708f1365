import type { CreateFit } from '#libs/contracts';
import { checkProposalSettings } from '../check-settings.js';
import type { SweepContext } from '../context.js';
import type { FitRecord } from '../ports/records.js';
import { NotFound, StateConflict } from '../sweeps.errors.js';
import { minimumObservations } from '../transitions/advance-sweep.js';
import { fitTask } from './fit-task.js';
import { newFit } from './new-fit.js';

/** Queues another fit of the sweep's runs, beside its own; what the sweep itself goes by does not change. */
export async function requestFit(context: SweepContext, sweepId: string, asked: CreateFit): Promise<FitRecord> {
  const sweep = await context.store.findSweep(sweepId);
  if (!sweep) throw new NotFound('sweep', sweepId);
  const corpus = await context.store.findCorpus(sweep.corpusId);
  if (!corpus) throw new NotFound('corpus', sweep.corpusId);
  const settings = fitTask(sweep, asked);
  await checkProposalSettings(sweep, corpus, settings.proposal);
  const fitted = { role: 'design', state: 'succeeded', fidelity: 0 } as const;
  const { total } = await context.store.listRuns(sweepId, { ...fitted, offset: 0, limit: 1 });
  if (total < minimumObservations) {
    throw new StateConflict(
      `Sweep ${sweepId} has ${total} succeeded runs; a fit needs at least ${minimumObservations}.`,
    );
  }
  const fit = newFit(context, sweep, settings, true);
  await context.store.transaction(async (tx) => {
    await tx.insertFit(fit);
    await tx.appendOutbox({ topic: 'fit', payload: { sweepId } });
    await tx.appendEvent({ sweepId, type: 'fit', data: { fitId: fit.id, state: 'queued', refit: true } });
  });
  return fit;
}
