import type { CreateSweep, RunRole } from '#libs/contracts';
import { contentHash } from './content-hash.js';
import type { SweepContext } from './context.js';
import { planSweep } from './design-sweep.js';
import type { Mixture, RunRecord } from './ports/records.js';
import { IdempotencyConflict, IdempotencyRace } from './sweeps.errors.js';

const route = 'POST /v1/sweeps';

export interface Submission {
  sweepId: string;
  /** True when this key had been answered before: nothing new was started. */
  replayed: boolean;
  notes: string[];
}

/** Writes the sweep, its design round and the answer to its key in one transaction: all of it, once, or nothing. */
export async function submitSweep(
  context: SweepContext,
  request: CreateSweep,
  idempotencyKey?: string,
): Promise<Submission> {
  const requestHash = contentHash(request);
  const replay = idempotencyKey === undefined ? null : await findReplay(context, idempotencyKey, requestHash);
  if (replay) return replay;
  const plan = await planSweep(context, request);
  const sweepId = context.newId('sweep');
  const roundId = context.newId('round');
  const now = context.now();
  const runs = plan.mixtures.map((weights, index) =>
    // All design runs share one seed: what differs between two of them is the mixture, not the luck of the draw.
    newRun(context, {
      sweepId,
      roundId,
      index,
      role: 'design',
      weights,
      seed: request.seed,
      maxAttempts: request.maxAttempts,
    }),
  );
  try {
    await context.store.transaction(async (tx) => {
      if (idempotencyKey !== undefined) await tx.insertIdempotencyKey(route, idempotencyKey, requestHash, sweepId);
      await tx.insertSweep({
        id: sweepId,
        name: request.name ?? `${plan.corpus.name} ${sweepId.slice(-6)}`,
        state: 'running',
        reason: null,
        corpusId: plan.corpus.id,
        specification: request,
        prior: plan.prior,
        fitId: null,
        proposalId: null,
        confirmation: null,
        createdAt: now,
        finishedAt: null,
      });
      await tx.insertRound({ id: roundId, sweepId, index: 0, kind: 'design' });
      await tx.insertRuns(runs);
      await tx.appendEvent({ sweepId, type: 'state', data: { state: 'running', runs: runs.length } });
    });
  } catch (error) {
    if (!(error instanceof IdempotencyRace) || idempotencyKey === undefined) throw error;
    const winner = await findReplay(context, idempotencyKey, requestHash);
    if (!winner) throw error;
    return winner;
  }
  return { sweepId, replayed: false, notes: plan.notes };
}

export function newRun(
  context: SweepContext,
  run: {
    sweepId: string;
    roundId: string;
    index: number;
    role: RunRole;
    weights: Mixture;
    seed: number;
    maxAttempts: number;
  },
): RunRecord {
  return {
    id: context.newId('run'),
    ...run,
    state: 'waiting',
    attempt: 0,
    failures: 0,
    step: 0,
    totalSteps: null,
    trainLoss: null,
    reason: null,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
  };
}

async function findReplay(context: SweepContext, key: string, requestHash: string): Promise<Submission | null> {
  const known = await context.store.transaction((tx) => tx.findIdempotencyKey(route, key));
  if (!known) return null;
  if (known.requestHash !== requestHash) throw new IdempotencyConflict(key);
  return { sweepId: known.resourceId, replayed: true, notes: [] };
}
