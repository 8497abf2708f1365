import type { SweepContext } from './context.js';
import type { SweepRecord } from './ports/records.js';

type Given = 'id' | 'name' | 'state' | 'corpusId' | 'specification' | 'targets' | 'prior';

/** A sweep of which nothing is fitted, proposed or confirmed yet. */
export function newSweep(context: SweepContext, sweep: Pick<SweepRecord, Given>): SweepRecord {
  return {
    ...sweep,
    reason: null,
    fitId: null,
    proposalId: null,
    confirmation: null,
    createdAt: context.now(),
    finishedAt: null,
  };
}
