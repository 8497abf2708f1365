import type { RunRecord } from '../ports/records.js';
import type { StoreTransaction } from '../ports/store.port.js';

/** waiting → queued: the next attempt is opened and its message written in the same transaction. */
export async function openAttempt(tx: StoreTransaction, run: RunRecord, now: Date): Promise<void> {
  const attempt = await insertNextAttempt(tx, run, now);
  await tx.appendOutbox({ topic: 'run', payload: { runId: run.id, attempt } });
}

/** The next attempt, and its number, for a caller who hands it out without the queue. */
export async function insertNextAttempt(tx: StoreTransaction, run: RunRecord, now: Date): Promise<number> {
  const number = run.attempt + 1;
  await tx.updateRun(run.id, {
    state: 'queued',
    attempt: number,
    queuedAt: now,
    notBefore: null,
    startedAt: null,
    step: 0,
    totalSteps: null,
    trainLoss: null,
  });
  await tx.insertAttempt({
    runId: run.id,
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
    createdAt: now,
    startedAt: null,
    endedAt: null,
  });
  return number;
}
