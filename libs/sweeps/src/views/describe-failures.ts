import type { FailureClass, SweepFailures } from '#libs/contracts';
import type { SweepContext } from '../context.js';
import { NotFound } from '../sweeps.errors.js';

/** What to do about failures of each class. */
const advice: Record<FailureClass, string> = {
  data: "Check the domain's source in the data folder of the worker that reports it.",
  configuration: "Check the trainer's parameters: the same ones fail in the same way on every worker.",
  'out-of-memory':
    'Take a smaller batch, context or model, fewer runs at a time on each worker, or a machine with more memory.',
  timeout: "Take fewer steps or a smaller model, or allow more wall time in the worker's trainers.yaml.",
  infrastructure:
    'Look at the worker, not at the runs: "cuvee workers" says which ones and "cuvee doctor" there says why.',
  internal: "Read what the trainer wrote last, on the run's attempts: a program that ended this way has a fault.",
  diverged: 'Take a lower learning rate or a longer warm-up: the same run diverges again.',
};

/** Failed attempts of a sweep by class, the commonest first, each with its commonest message and what to do. */
export async function describeFailures(context: SweepContext, sweepId: string): Promise<SweepFailures> {
  const sweep = await context.store.findSweep(sweepId);
  if (!sweep) throw new NotFound('sweep', sweepId);
  const failures = await context.store.attemptFailures(sweepId);
  failures.sort((a, b) => b.attempts - a.attempts || (a.failureClass < b.failureClass ? -1 : 1));
  return {
    failures: failures.map(({ failureClass, attempts, message, times }) => ({
      class: failureClass,
      attempts,
      message,
      times,
      advice: advice[failureClass],
    })),
  };
}
