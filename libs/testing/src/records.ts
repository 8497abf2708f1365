import { createSweepSchema } from '#libs/contracts';
import {
  type AttemptRecord,
  type CorpusRecord,
  completeSpecification,
  type FitRecord,
  type ObservationRecord,
  type RoundRecord,
  type RunRecord,
  type SweepRecord,
} from '#libs/sweeps';

let last = 0;

/** A name that no other record of this process has. */
export function uniqueId(kind: string): string {
  return `${kind}-${process.pid}-${++last}`;
}

export function corpusRecord(overrides: Partial<CorpusRecord> = {}): CorpusRecord {
  const id = uniqueId('corpus');
  return {
    id,
    name: id,
    version: 1,
    contentHash: `hash of ${id}`,
    createdAt: new Date('2026-01-01T00:00:00.123Z'),
    domains: [
      {
        name: 'web',
        source: 'web.txt',
        tokens: 9_007_199_254_740_991,
        documents: 12,
        group: 'open',
        licence: 'CC0-1.0',
      },
      { name: 'code', source: 'code', tokens: 1, contentHash: 'abc', locations: { megatron: '/data/code' } },
    ],
    ...overrides,
  };
}

export function sweepRecord(corpusId: string, overrides: Partial<SweepRecord> = {}): SweepRecord {
  return {
    id: uniqueId('sweep'),
    name: 'sweep',
    state: 'running',
    reason: null,
    corpusId,
    specification: completeSpecification(createSweepSchema.parse({ corpusId })),
    targets: ['web', 'code'],
    prior: [0.1 + 0.2, 1 - (0.1 + 0.2)],
    fitId: null,
    proposalId: null,
    confirmation: null,
    createdAt: new Date('2026-01-02T00:00:00Z'),
    finishedAt: null,
    ...overrides,
  };
}

export function roundRecord(sweepId: string, overrides: Partial<RoundRecord> = {}): RoundRecord {
  return { id: uniqueId('round'), sweepId, index: 0, kind: 'design', ...overrides };
}

export function runRecord(round: RoundRecord, index: number, overrides: Partial<RunRecord> = {}): RunRecord {
  return {
    id: uniqueId('run'),
    sweepId: round.sweepId,
    roundId: round.id,
    index,
    label: null,
    role: 'design',
    weights: [1 / 3, 2 / 3],
    fidelity: 0,
    seed: index,
    state: 'waiting',
    attempt: 0,
    failures: {},
    maxAttempts: 3,
    notBefore: null,
    step: 0,
    totalSteps: null,
    trainLoss: null,
    reason: null,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    ...overrides,
  };
}

export function attemptRecord(runId: string, number: number, overrides: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    runId,
    number,
    state: 'open',
    workerId: null,
    host: null,
    backend: null,
    backendReason: null,
    leaseUntil: null,
    resumedStep: null,
    checkpointStep: null,
    failureClass: null,
    message: null,
    stderrTail: null,
    createdAt: new Date('2026-01-03T00:00:00Z'),
    startedAt: null,
    endedAt: null,
    ...overrides,
  };
}

export function observationRecord(runId: string, overrides: Partial<ObservationRecord> = {}): ObservationRecord {
  return {
    runId,
    attempt: 1,
    losses: { web: { natsPerToken: 0.1 + 0.2, bitsPerByte: 5e-324 } },
    tokens: 3_000_000_000,
    seconds: 1.5,
    backend: 'wasm',
    parameters: 5_000_000_000,
    flops: 1.25e18,
    censoredAt: null,
    expertLoads: [],
    recordedAt: new Date('2026-01-04T00:00:00Z'),
    ...overrides,
  };
}

export function fitRecord(sweepId: string, overrides: Partial<FitRecord> = {}): FitRecord {
  const { objective, constraints } = createSweepSchema.parse({ corpusId: 'corpus' });
  const proposal = { objective, constraints, optimiser: 'auto', seed: 1 } as const;
  return {
    id: uniqueId('fit'),
    sweepId,
    state: 'succeeded',
    reason: null,
    unfitted: {},
    refit: false,
    settings: { model: 'linear', folds: 5, seed: 1, proposal },
    progress: null,
    claim: 1,
    leaseUntil: null,
    lost: 0,
    model: 'linear',
    seed: 1,
    runs: 8,
    leftOut: 0,
    runIds: [],
    inputsHash: 'i',
    codeVersion: 'c',
    targets: {},
    createdAt: new Date('2026-01-01T00:00:00Z'),
    startedAt: null,
    finishedAt: null,
    ...overrides,
  };
}
