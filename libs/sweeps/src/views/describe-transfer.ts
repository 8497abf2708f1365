import type { RankTransfer, RankTransfers } from '#libs/contracts';
import { PAIRS_NEEDED, type RankTransferEstimate, rankTransfer } from '#libs/mixing-laws';
import type { SweepContext } from '../context.js';
import { listDesignRuns } from '../list-design-runs.js';
import { objectiveOf } from '../objective-value.js';
import type { Mixture, RunRecord, SweepRecord } from '../ports/records.js';
import { NotFound } from '../sweeps.errors.js';

/**
 * Whether the first fidelity's order of mixtures holds at each other one, over the runs trained to their end at both:
 * one entry a fidelity, none where there is but one. A mixture has the same seed at every fidelity.
 */
export async function describeTransfers(context: SweepContext, sweepId: string): Promise<RankTransfers> {
  const sweep = await context.store.findSweep(sweepId);
  if (!sweep) throw new NotFound('sweep', sweepId);
  const { fidelities } = sweep.specification;
  if (fidelities.length < 2) return { transfers: [] };
  const design = await listDesignRuns(context.store, sweepId);
  const runs = design.filter(({ state }) => state === 'succeeded');
  const losses = await lossesByRun(context, runs);
  const [small, ...larger] = fidelities.map((_, position) => byMixture(runs, position, losses));
  return {
    transfers: larger.map((large, i) => {
      const names = { from: fidelities[0]!.name, to: fidelities[i + 1]!.name };
      return compare(sweep, names, small!, large, countStopped(design, i + 1));
    }),
  };
}

type Losses = Readonly<Record<string, number>>;

async function lossesByRun({ store }: SweepContext, runs: readonly RunRecord[]): Promise<Map<string, Losses>> {
  const observations = await store.listObservations(runs.map(({ id }) => id));
  return new Map(
    observations.map(({ runId, losses }) => [
      runId,
      Object.fromEntries(Object.entries(losses).map(([target, { natsPerToken }]) => [target, natsPerToken])),
    ]),
  );
}

/** Fidelities train the same list of mixtures, each from its beginning. */
function byMixture(runs: readonly RunRecord[], fidelity: number, losses: Map<string, Losses>): Map<string, Losses> {
  const own = runs.filter((run) => run.fidelity === fidelity && losses.has(run.id));
  return new Map(own.map((run) => [keyOf(run.weights), losses.get(run.id)!]));
}

function keyOf(weights: Mixture): string {
  return weights.join(' ');
}

/** Mixtures of this fidelity that were stopped early at it, or at the first one. */
function countStopped(design: readonly RunRecord[], fidelity: number): number {
  const mixtures = new Set(design.filter((run) => run.fidelity === fidelity).map(({ weights }) => keyOf(weights)));
  const stopped = design.filter((run) => run.state === 'censored' && (run.fidelity === 0 || run.fidelity === fidelity));
  return new Set(stopped.map(({ weights }) => keyOf(weights)).filter((mixture) => mixtures.has(mixture))).size;
}

function compare(
  { specification, targets }: SweepRecord,
  { from, to }: { from: string; to: string },
  small: Map<string, Losses>,
  large: Map<string, Losses>,
  stopped: number,
): RankTransfer {
  const shared = [...small.keys()].filter((mixture) => large.has(mixture));
  const order = (value: (losses: Losses) => number): RankTransferEstimate =>
    rankTransfer(
      shared.map((mixture) => value(small.get(mixture)!)),
      shared.map((mixture) => value(large.get(mixture)!)),
    );
  const shown = ({ pairs: _, ...correlation }: RankTransferEstimate) => correlation;
  const objective = order((losses) => objectiveOf(specification.objective, targets, losses));
  return {
    fidelity: to,
    from,
    mixtures: shared.length,
    objective: shown(objective),
    targets: Object.fromEntries(
      targets.map((target) => [target, shown(order((losses) => losses[target] ?? Number.NaN))]),
    ),
    statement: statementOf(from, to, { shared: shared.length, stopped }, objective),
  };
}

function statementOf(
  from: string,
  to: string,
  { shared, stopped }: { shared: number; stopped: number },
  estimate: RankTransferEstimate,
): string {
  const { spearman, lower90, upper90 } = estimate;
  if (shared < PAIRS_NEEDED) {
    const trained = `${shared} ${shared === 1 ? 'mixture is' : 'mixtures are'} trained to the end at both`;
    const left = stopped === 0 ? '' : `; ${stopped} ${stopped === 1 ? 'was' : 'were'} stopped early at one of them`;
    return `Whether the order at ${from} holds at ${to} is not known: ${trained}, and ${PAIRS_NEEDED} are needed${left}.`;
  }
  if (spearman === null || lower90 === null || upper90 === null) {
    return `Whether the order at ${from} holds at ${to} cannot be told: one of them has no order.`;
  }
  const rho = `rank correlation ${spearman.toFixed(2)}, 90 % interval ${lower90.toFixed(2)} to ${upper90.toFixed(2)}`;
  const verdict =
    lower90 > 0.5
      ? `The order of mixtures at ${from} holds at ${to}`
      : lower90 > 0
        ? `The order of mixtures at ${from} holds in part at ${to}`
        : `No order of mixtures at ${from} has been seen to hold at ${to}`;
  return `${verdict} (${rho}, ${shared} mixtures).`;
}
