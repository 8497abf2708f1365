import { type Assignment, assignmentSchema } from '#libs/contracts';
import { uniqueId } from './records.js';

export function assignment(overrides: Partial<Assignment> = {}): Assignment {
  return assignmentSchema.parse({
    sweepId: 'sweep-1',
    runId: uniqueId('run'),
    attempt: 1,
    seed: 1,
    fidelity: 'proxy',
    trainer: { name: 'transformer' },
    domains: [
      { name: 'web', source: 'web.txt', weight: 0.1 + 0.2, tokens: 1e12 },
      { name: 'code', source: 'code', weight: 0.7, tokens: 1000 },
    ],
    checkpoints: { everySteps: 0, keepFinal: false },
    leaseSeconds: 30,
    ...overrides,
  });
}
