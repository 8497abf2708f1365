import type { Loss } from '#libs/contracts';
import type { Prisma } from './generated/client.js';

// Prisma 7.10 gives equal values of one statement a common placeholder and compares them as JSON, where NaN and both
// infinities are all null: of several in one statement, each would be stored as the first. So losses, several to a row
// and several rows to a statement, travel as text, which PostgreSQL reads exactly, and a statement through Prisma's
// own methods holds at most one such value.

function columns(losses: Readonly<Record<string, Loss>>) {
  const rows = Object.entries(losses);
  return {
    targets: rows.map(([target]) => target),
    nats: rows.map(([, { natsPerToken }]) => String(natsPerToken)),
    bits: rows.map(([, { bitsPerByte }]) => String(bitsPerByte)),
  };
}

export async function insertObservationLosses(
  prisma: Prisma.TransactionClient,
  runId: string,
  losses: Readonly<Record<string, Loss>>,
): Promise<void> {
  const { targets, nats, bits } = columns(losses);
  await prisma.$executeRaw`
    INSERT INTO observation_losses (run_id, target, nats_per_token, bits_per_byte)
    SELECT ${runId}, target, nats::float8, bits::float8
    FROM unnest(${targets}::text[], ${nats}::text[], ${bits}::text[]) AS given (target, nats, bits)`;
}

export async function insertCurveLosses(
  prisma: Prisma.TransactionClient,
  { runId, attempt, step }: { runId: string; attempt: number; step: number },
  losses: Readonly<Record<string, Loss>>,
): Promise<void> {
  const { targets, nats, bits } = columns(losses);
  await prisma.$executeRaw`
    INSERT INTO curve_losses (run_id, attempt, step, target, nats_per_token, bits_per_byte)
    SELECT ${runId}, ${attempt}, ${step}, target, nats::float8, bits::float8
    FROM unnest(${targets}::text[], ${nats}::text[], ${bits}::text[]) AS given (target, nats, bits)`;
}
