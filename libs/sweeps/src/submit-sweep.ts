import type { CreateSweep } from '#libs/contracts';
import { contentHash } from './content-hash.js';
import type { SweepContext } from './context.js';
import { planSweep, type SweepPlan } from './design-sweep.js';
import { type Submission, submitOnce } from './idempotency.js';
import { newRun } from './new-run.js';
import { newSweep } from './new-sweep.js';
import type { RunRecord } from './ports/records.js';

/** Writes the sweep, its design round and the answer to its key in one transaction: all of it, once, or nothing. */
export async function submitSweep(context: SweepContext, request: CreateSweep, key?: string): Promise<Submission> {
  return submitOnce(context, { route: 'POST /v1/sweeps', key, requestHash: contentHash(request) }, async () => {
    const plan = await planSweep(context, request);
    const sweepId = context.newId('sweep');
    const roundId = context.newId('round');
    const runs = designRuns(context, plan, sweepId, roundId);
    return {
      sweepId,
      notes: plan.notes,
      async write(tx) {
        await tx.insertSweep(
          newSweep(context, {
            id: sweepId,
            name: request.name ?? `${plan.corpus.name} ${sweepId.slice(-6)}`,
            state: 'running',
            corpusId: plan.corpus.id,
            specification: plan.specification,
            targets: plan.targets,
            prior: plan.prior,
          }),
        );
        await tx.insertRound({ id: roundId, sweepId, index: 0, kind: 'design' });
        await tx.insertRuns(runs);
        await tx.appendEvent({ sweepId, type: 'state', data: { state: 'running', runs: runs.length } });
      },
    };
  });
}

/** Fidelity by fidelity; each trains the first mixtures of the same design. */
function designRuns(context: SweepContext, plan: SweepPlan, sweepId: string, roundId: string): RunRecord[] {
  const { fidelities, seed, maxAttempts } = plan.specification;
  return fidelities
    .flatMap(({ runs }, fidelity) => plan.mixtures.slice(0, runs).map((weights) => ({ fidelity, weights })))
    .map(({ fidelity, weights }, index) =>
      // All design runs share one seed: what differs between two of them is the mixture, not the luck of the draw.
      newRun(context, { sweepId, roundId, index, role: 'design', weights, fidelity, seed, maxAttempts }),
    );
}
