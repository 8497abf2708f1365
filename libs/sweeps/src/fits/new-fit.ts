import type { SweepContext } from '../context.js';
import type { FitRecord, FitTask, SweepRecord } from '../ports/records.js';

export function newFit(context: SweepContext, sweep: SweepRecord, settings: FitTask, refit: boolean): FitRecord {
  return {
    id: context.newId('fit'),
    sweepId: sweep.id,
    state: 'queued',
    reason: null,
    refit,
    settings,
    progress: null,
    claim: 0,
    leaseUntil: null,
    lost: 0,
    model: settings.model,
    seed: settings.seed,
    runs: 0,
    leftOut: 0,
    runIds: [],
    inputsHash: null,
    codeVersion: context.codeVersion,
    targets: {},
    unfitted: {},
    createdAt: context.now(),
    startedAt: null,
    finishedAt: null,
  };
}
