import type { Assignment } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import type { RunRecord, SweepRecord } from '../ports/records.js';

/** What a worker is told about the run's current attempt; null where the sweep has nothing to train with. */
export async function describeAssignment(
  context: SweepContext,
  sweep: SweepRecord,
  run: RunRecord,
  leaseSeconds: number,
): Promise<Assignment | null> {
  const corpus = await context.store.findCorpus(sweep.corpusId);
  const fidelity = sweep.specification.fidelities[run.fidelity];
  if (!corpus || !fidelity) return null;
  return {
    sweepId: sweep.id,
    runId: run.id,
    attempt: run.attempt,
    seed: run.seed,
    fidelity: fidelity.name,
    trainer: fidelity.trainer,
    domains: corpus.domains.map((domain, index) => ({
      name: domain.name,
      // A corpus without text is refused when a sweep is submitted.
      source: domain.source ?? '',
      weight: run.weights[index] ?? 0,
      tokens: domain.tokens ?? 0,
    })),
    checkpoints: sweep.specification.checkpoints,
    leaseSeconds,
  };
}
