import type { FailureClass } from '#libs/contracts';
import type { AttemptFailures } from '#libs/sweeps';
import type { PrismaClient } from './generated/client.js';

/** By class: all failed attempts of the sweep, and the message that came most often, the latest of those equally common. */
export async function attemptFailures(prisma: PrismaClient, sweepId: string): Promise<AttemptFailures[]> {
  const rows = await prisma.$queryRaw<{ class: string; message: string; times: bigint; attempts: bigint }[]>`
    SELECT DISTINCT ON (attempts.failure_class) attempts.failure_class AS class, coalesce(message, '') AS message,
      count(*) AS times, (sum(count(*)) OVER (PARTITION BY attempts.failure_class))::bigint AS attempts
    FROM attempts JOIN runs ON runs.id = attempts.run_id
    WHERE runs.sweep_id = ${sweepId} AND attempts.failure_class IS NOT NULL
    GROUP BY attempts.failure_class, message
    ORDER BY attempts.failure_class, count(*) DESC, max(ended_at) DESC NULLS LAST`;
  return rows.map(({ class: name, message, times, attempts }) => ({
    failureClass: name as FailureClass,
    attempts: Number(attempts),
    message,
    times: Number(times),
  }));
}

/** Failed attempts of all sweeps by class. */
export async function failureCounts(prisma: PrismaClient): Promise<Partial<Record<FailureClass, number>>> {
  const rows = await prisma.attempt.groupBy({
    by: ['failureClass'],
    where: { failureClass: { not: null } },
    _count: { _all: true },
  });
  return Object.fromEntries(rows.map(({ failureClass, _count }) => [failureClass, _count._all]));
}
