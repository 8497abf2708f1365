import type { RungLosses } from '#libs/sweeps';
import type { Prisma } from './generated/client.js';

interface Row {
  run: string;
  state: RungLosses['state'];
  step: number;
  target: string;
  nats: string;
}

/** See `Store.rungLosses`. Losses come as text, which keeps NaN and infinity. */
export async function rungLosses(
  prisma: Pick<Prisma.TransactionClient, '$queryRaw'>,
  sweepId: string,
  { fidelity, step, before }: { fidelity: number; step: number; before: number },
): Promise<RungLosses[]> {
  const rows = await prisma.$queryRaw<Row[]>`
    WITH evaluated AS (
      SELECT DISTINCT runs.id, runs.index, runs.state::text AS state, l.step
      FROM runs JOIN curve_losses l ON l.run_id = runs.id
      WHERE runs.sweep_id = ${sweepId} AND runs.fidelity = ${fidelity} AND runs.role = 'design'
    ), rung AS (
      SELECT id, min(step) AS step FROM evaluated WHERE step >= ${step} GROUP BY id
    ), used AS (
      SELECT e.*, row_number() OVER (PARTITION BY e.id ORDER BY e.step DESC) AS place
      FROM evaluated e JOIN rung ON rung.id = e.id AND e.step <= rung.step
    )
    SELECT DISTINCT ON (u.index, u.step, l.target)
      u.id AS run, u.state, u.step, l.target, l.nats_per_token::text AS nats
    FROM used u JOIN curve_losses l ON l.run_id = u.id AND l.step = u.step
    WHERE u.place <= ${before + 1}
    ORDER BY u.index, u.step, l.target, l.attempt DESC`;
  const found: RungLosses[] = [];
  for (const { run, state, step: at, target, nats } of rows) {
    if (found.at(-1)?.runId !== run) found.push({ runId: run, state, points: [] });
    const { points } = found.at(-1)!;
    if (points.at(-1)?.step !== at) points.push({ step: at, losses: {} });
    points.at(-1)!.losses[target] = Number(nats);
  }
  return found;
}
