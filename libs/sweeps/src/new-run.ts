import type { RunRole } from '#libs/contracts';
import type { SweepContext } from './context.js';
import type { Mixture, RunRecord } from './ports/records.js';

export function newRun(
  context: SweepContext,
  run: {
    sweepId: string;
    roundId: string;
    index: number;
    role: RunRole;
    weights: Mixture;
    fidelity: number;
    seed: number;
    maxAttempts: number;
  },
): RunRecord {
  return {
    id: context.newId('run'),
    label: null,
    ...run,
    state: 'waiting',
    attempt: 0,
    failures: {},
    notBefore: null,
    step: 0,
    totalSteps: null,
    trainLoss: null,
    reason: null,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
  };
}
