import type { ObservationRecord, RunRecord } from '#libs/sweeps';
import type { Prisma } from './generated/client.js';

// An import brings ten thousand runs at once. Prisma's own createMany takes seconds of the event loop for them; arrays
// of columns, taken apart by PostgreSQL, take a fraction. Numbers travel as text, which PostgreSQL reads exactly.

/** Rows of a statement: each is put together without a break, and so short enough not to hold up other requests. */
const rowsPerStatement = 500;

const text = (value: number | null): string | null => (value === null ? null : String(value));
const time = (value: Date | null): string | null => value?.toISOString() ?? null;

export async function insertRuns(prisma: Prisma.TransactionClient, all: readonly RunRecord[]): Promise<void> {
  for (let from = 0; from < all.length; from += rowsPerStatement) {
    const runs = all.slice(from, from + rowsPerStatement);
    const column = <T>(read: (run: RunRecord) => T): T[] => runs.map(read);
    await prisma.$executeRaw`
      INSERT INTO runs (id, sweep_id, round_id, index, label, role, weights, fidelity, seed, state, attempt, failures,
        max_attempts, not_before, step, total_steps, train_loss, reason, queued_at, started_at, finished_at)
      SELECT id, sweep_id, round_id, index, label, role::run_role, weights::json, fidelity, seed, state::run_state,
        attempt, failures::json, max_attempts, not_before::timestamptz, step, total_steps::int, train_loss::float8,
        reason, queued_at::timestamptz, started_at::timestamptz, finished_at::timestamptz
      FROM unnest(
        ${column((run) => run.id)}::text[],
        ${column((run) => run.sweepId)}::text[],
        ${column((run) => run.roundId)}::text[],
        ${column((run) => run.index)}::int[],
        ${column((run) => run.label)}::text[],
        ${column((run) => run.role)}::text[],
        ${column((run) => JSON.stringify(run.weights))}::text[],
        ${column((run) => run.fidelity)}::int[],
        ${column((run) => run.seed)}::int[],
        ${column((run) => run.state)}::text[],
        ${column((run) => run.attempt)}::int[],
        ${column((run) => JSON.stringify(run.failures))}::text[],
        ${column((run) => run.maxAttempts)}::int[],
        ${column((run) => time(run.notBefore))}::text[],
        ${column((run) => run.step)}::int[],
        ${column((run) => text(run.totalSteps))}::text[],
        ${column((run) => text(run.trainLoss))}::text[],
        ${column((run) => run.reason)}::text[],
        ${column((run) => time(run.queuedAt))}::text[],
        ${column((run) => time(run.startedAt))}::text[],
        ${column((run) => time(run.finishedAt))}::text[]
      ) AS given (id, sweep_id, round_id, index, label, role, weights, fidelity, seed, state, attempt, failures,
        max_attempts, not_before, step, total_steps, train_loss, reason, queued_at, started_at, finished_at)`;
  }
}

/** Of runs that have none; their losses are rows of their own. */
export async function insertObservationRows(
  prisma: Prisma.TransactionClient,
  all: readonly ObservationRecord[],
): Promise<void> {
  for (let from = 0; from < all.length; from += rowsPerStatement) {
    const observations = all.slice(from, from + rowsPerStatement);
    const column = <T>(read: (observation: ObservationRecord) => T): T[] => observations.map(read);
    await prisma.$executeRaw`
      INSERT INTO observations (run_id, attempt, tokens, seconds, backend, parameters, flops, censored_at, recorded_at)
      SELECT run_id, attempt, tokens::bigint, seconds::float8, backend, parameters::bigint, flops::float8,
        censored_at::int, recorded_at::timestamptz
      FROM unnest(
        ${column(({ runId }) => runId)}::text[],
        ${column(({ attempt }) => attempt)}::int[],
        ${column(({ tokens }) => text(tokens))}::text[],
        ${column(({ seconds }) => text(seconds))}::text[],
        ${column(({ backend }) => backend)}::text[],
        ${column(({ parameters }) => text(parameters))}::text[],
        ${column(({ flops }) => text(flops))}::text[],
        ${column(({ censoredAt }) => text(censoredAt))}::text[],
        ${column(({ recordedAt }) => time(recordedAt))}::text[]
      ) AS given (run_id, attempt, tokens, seconds, backend, parameters, flops, censored_at, recorded_at)`;
  }
}
