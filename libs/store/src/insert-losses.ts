import type { Loss } from '#libs/contracts';
import type { ObservationRecord } from '#libs/sweeps';
import type { Prisma } from './generated/client.js';

// Prisma 7.10 gives equal values of one statement a common placeholder and compares them as JSON, where NaN and both
// infinities are all null: of several in one statement, each would be stored as the first. So losses, several to a row
// and several rows to a statement, travel as text, which PostgreSQL reads exactly, and a statement through Prisma's
// own methods holds at most one such value.

/** Rows of a statement: each is put together without a break, and so short enough not to hold up other requests. */
const rowsPerStatement = 5_000;

interface LossRow {
  runId: string;
  target: string;
  natsPerToken: number;
  bitsPerByte: number | null;
  bounds?: { lower: number; upper: number };
}

function columns(rows: readonly LossRow[]) {
  return {
    runs: rows.map(({ runId }) => runId),
    targets: rows.map(({ target }) => target),
    nats: rows.map(({ natsPerToken }) => String(natsPerToken)),
    bits: rows.map(({ bitsPerByte }) => (bitsPerByte === null ? null : String(bitsPerByte))),
    lowers: rows.map(({ bounds }) => (bounds === undefined ? null : String(bounds.lower))),
    uppers: rows.map(({ bounds }) => (bounds === undefined ? null : String(bounds.upper))),
  };
}

export async function insertObservationLosses(
  prisma: Prisma.TransactionClient,
  observations: readonly Pick<ObservationRecord, 'runId' | 'losses'>[],
): Promise<void> {
  const rows = observations.flatMap(({ runId, losses }) =>
    Object.entries(losses).map(([target, loss]) => ({ runId, target, ...loss })),
  );
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const { runs, targets, nats, bits, lowers, uppers } = columns(rows.slice(from, from + rowsPerStatement));
    await prisma.$executeRaw`
      INSERT INTO observation_losses (run_id, target, nats_per_token, bits_per_byte, lower, upper)
      SELECT run_id, target, nats::float8, bits::float8, lower::float8, upper::float8
      FROM unnest(${runs}::text[], ${targets}::text[], ${nats}::text[], ${bits}::text[], ${lowers}::text[],
        ${uppers}::text[]) AS given (run_id, target, nats, bits, lower, upper)`;
  }
}

export async function insertCurveLosses(
  prisma: Prisma.TransactionClient,
  { runId, attempt, step }: { runId: string; attempt: number; step: number },
  losses: Readonly<Record<string, Loss>>,
): Promise<void> {
  const { targets, nats, bits } = columns(Object.entries(losses).map(([target, loss]) => ({ runId, target, ...loss })));
  await prisma.$executeRaw`
    INSERT INTO curve_losses (run_id, attempt, step, target, nats_per_token, bits_per_byte)
    SELECT ${runId}, ${attempt}, ${step}, target, nats::float8, bits::float8
    FROM unnest(${targets}::text[], ${nats}::text[], ${bits}::text[]) AS given (target, nats, bits)`;
}
