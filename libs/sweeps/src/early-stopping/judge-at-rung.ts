import type { Loss } from '#libs/contracts';
import { FINISHED_NEEDED, HALF_90, predictFinalLosses, type RungCurve, STEPS_USED } from '#libs/mixing-laws';
import type { SweepContext } from '../context.js';
import { objectiveOf } from '../objective-value.js';
import type { ObservedLoss, RunRecord, SweepRecord } from '../ports/records.js';
import type { RungLosses } from '../ports/store.port.js';
import { decideHalving, rungSteps } from './decide-halving.js';

export interface EarlyEnd {
  reason: string;
  /** What the curves lead to, with the bounds of a 90 % interval. */
  losses: Record<string, ObservedLoss>;
}

interface Evaluated {
  step: number;
  totalSteps: number;
  losses: Readonly<Record<string, Loss>>;
}

/**
 * Whether a run that has just been evaluated should be stopped: only design runs are, only where the sweep asks for it,
 * and only at their first evaluation from a rung on. The other runs of its fidelity at the rung are read as they are
 * committed: two runs judged at the same moment may each see the other or not, and both verdicts stand.
 */
export async function judgeAtRung(
  { store }: SweepContext,
  sweep: SweepRecord,
  run: RunRecord,
  evaluated: Evaluated,
): Promise<EarlyEnd | null> {
  const { earlyStopping: settings, objective } = sweep.specification;
  if (!settings || run.role !== 'design') return null;
  const own = await store.curve(run.id);
  const earlier = own.filter(
    ({ attempt, step, losses }) => attempt === run.attempt && step < evaluated.step && Object.keys(losses).length > 0,
  );
  const rung = rungSteps(evaluated.totalSteps, settings).findLast(
    (step) => step <= evaluated.step && !earlier.some((point) => point.step >= step),
  );
  if (rung === undefined) return null;

  const { fidelity } = run;
  let reached = await store.rungLosses(sweep.id, { fidelity, step: rung, before: 0 });
  if (reached.length < settings.minimumRuns) return null;
  const ended = reached.filter(({ state }) => state === 'succeeded').map(({ runId }) => runId);
  const finals = new Map((await store.listObservations(ended)).map(({ runId, losses }) => [runId, losses]));
  if (finals.size < FINISHED_NEEDED) {
    reached = await store.rungLosses(sweep.id, { fidelity, step: rung, before: STEPS_USED - 1 });
  }
  const at = reached.findIndex(({ runId }) => runId === run.id);
  if (at < 0) return null;
  const predict = (value: (losses: Readonly<Record<string, number>>) => number) =>
    predictFinalLosses(
      reached.map((peer) => curveOf(peer, value, natsOf(finals.get(peer.runId)))),
      evaluated.totalSteps,
    );
  const predicted = predict((losses) => objectiveOf(objective, sweep.targets, losses));
  const verdict = decideHalving(predicted.runs, at, settings);
  if (!verdict.stop) return null;

  const losses: Record<string, ObservedLoss> = {};
  for (const target of sweep.targets) {
    const end = predict((known) => known[target] ?? Number.NaN).runs[at];
    if (!end) continue;
    const half = HALF_90 * end.standardError;
    losses[target] = {
      natsPerToken: end.mean,
      bitsPerByte: inBitsPerByte(end.mean, evaluated.losses[target]),
      bounds: { lower: end.mean - half, upper: end.mean + half },
    };
  }
  const { mean, standardError } = predicted.runs[at]!;
  const basis =
    predicted.basis === 'finished-runs' ? `the ${predicted.finished} runs that ended` : 'the law of the steps';
  const reason =
    `Stopped early at step ${evaluated.step} of ${evaluated.totalSteps}: by ${basis} its objective would end at ` +
    `${mean.toFixed(4)} ± ${standardError.toFixed(4)}, and its chance to be among the best ${verdict.kept} of the ` +
    `${verdict.reached} runs that reached step ${rung} is ${percent(verdict.probability!)}.`;
  return { reason, losses };
}

function curveOf(
  { points }: RungLosses,
  value: (losses: Readonly<Record<string, number>>) => number,
  final: Record<string, number> | undefined,
): RungCurve {
  return {
    steps: points.map(({ step }) => step),
    losses: points.map(({ losses }) => value(losses)),
    final: final === undefined ? null : value(final),
  };
}

function natsOf(losses: Readonly<Record<string, Loss>> | undefined): Record<string, number> | undefined {
  return (
    losses && Object.fromEntries(Object.entries(losses).map(([target, { natsPerToken }]) => [target, natsPerToken]))
  );
}

/** A domain's text has so many bytes for each token, whatever the step. */
function inBitsPerByte(natsPerToken: number, known: Loss | undefined): number | null {
  if (!known || known.bitsPerByte === null || !(known.natsPerToken > 0)) return null;
  return (natsPerToken * known.bitsPerByte) / known.natsPerToken;
}

function percent(probability: number): string {
  return probability < 0.001 ? 'below 0.1 %' : `${(100 * probability).toFixed(1)} %`;
}
