import type { OpenFit } from '#libs/sweeps';
import type { Prisma } from './generated/client.js';

/** A fit that is over holds megabytes of diagnostics; who looks for work needs none of them. */
export function openFits(prisma: Prisma.TransactionClient, sweepId: string): Promise<OpenFit[]> {
  return prisma.fit.findMany({
    where: { sweepId, state: { in: ['queued', 'running'] } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { id: true, refit: true },
  });
}
