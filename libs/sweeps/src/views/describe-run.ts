import {
  type CurveResponse,
  type ExpertLoad,
  type RunDetailResponse,
  type RunPage,
  type RunResponse,
  toJsonFloat,
} from '#libs/contracts';
import { describeRouting } from '#libs/routing';
import { fidelityNamed } from '../complete-specification.js';
import type { SweepContext } from '../context.js';
import type { CorpusRecord, ObservationRecord, ObservedLoss, RunRecord, SweepRecord } from '../ports/records.js';
import type { RunFilter } from '../ports/store.port.js';
import { InvalidField, NotFound } from '../sweeps.errors.js';

/** Throws InvalidField for a fidelity that the sweep does not have. */
export async function describeRuns(
  context: SweepContext,
  sweepId: string,
  { fidelity: name, ...rest }: Omit<RunFilter, 'fidelity'> & { fidelity?: string | undefined },
): Promise<RunPage> {
  const { corpus, sweep } = await corpusOfSweep(context, sweepId);
  const filter: RunFilter = { ...rest, ...(name !== undefined && { fidelity: positionOf(name, sweep) }) };
  const { runs, total } = await context.store.listRuns(sweepId, filter);
  const observations = await context.store.listObservations(runs.map((run) => run.id));
  const byRun = new Map(observations.map((observation) => [observation.runId, observation]));
  const end = filter.offset + runs.length;
  return {
    runs: runs.map((run) => describe(run, corpus, sweep, byRun.get(run.id) ?? null)),
    total,
    nextOffset: end < total ? end : null,
  };
}

function positionOf(name: string, { specification: { fidelities } }: SweepRecord): number {
  const position = fidelityNamed(fidelities, name);
  if (position >= 0) return position;
  const known = fidelities.map((fidelity) => fidelity.name).join(', ') || 'none';
  throw new InvalidField('fidelity', `must be one of the sweep's (${known}), got ${name}`);
}

export async function describeRun(context: SweepContext, runId: string): Promise<RunDetailResponse> {
  const run = await context.store.findRun(runId);
  if (!run) throw new NotFound('run', runId);
  const { corpus, sweep } = await corpusOfSweep(context, run.sweepId);
  const [observation] = await context.store.listObservations([runId]);
  const attempts = await context.store.listAttempts(runId);
  const expertLoads = observation?.expertLoads ?? [];
  return {
    ...describe(run, corpus, sweep, observation ?? null),
    expertLoads: expertLoads.map((load) => ({ ...load, load: [...load.load] })),
    expertRouting: describeRouting(comparable(expertLoads)),
    failures: run.failures,
    notBefore: run.notBefore?.toISOString() ?? null,
    attempts: attempts.map((attempt) => ({
      number: attempt.number,
      state: attempt.state,
      workerId: attempt.workerId,
      host: attempt.host,
      backend: attempt.backend,
      failureClass: attempt.failureClass,
      message: attempt.message,
      stderrTail: attempt.stderrTail,
      resumedStep: attempt.resumedStep,
      checkpointStep: attempt.checkpointStep,
      startedAt: attempt.startedAt?.toISOString() ?? null,
      endedAt: attempt.endedAt?.toISOString() ?? null,
    })),
  };
}

/**
 * Without the layers that a user's own program counted in a way that has no measures: nothing at all, or a different
 * number of experts for each domain.
 */
function comparable(loads: readonly ExpertLoad[]): readonly ExpertLoad[] {
  return loads.filter(({ layer }) => {
    const rows = loads.filter((other) => other.layer === layer).map(({ load }) => load);
    return new Set(rows.map((row) => row.length)).size === 1 && rows.flat().some((count) => count > 0);
  });
}

export async function describeCurve(context: SweepContext, runId: string): Promise<CurveResponse> {
  const run = await context.store.findRun(runId);
  if (!run) throw new NotFound('run', runId);
  const { sweep } = await corpusOfSweep(context, run.sweepId);
  const points = await context.store.curve(runId);
  return {
    runId,
    points: points.map((point) => ({
      attempt: point.attempt,
      step: point.step,
      tokens: point.tokens,
      trainLoss: toJsonFloat(point.trainLoss),
      ...(Object.keys(point.losses).length > 0 ? { losses: describeLosses(point.losses, sweep) } : {}),
    })),
  };
}

async function corpusOfSweep(
  context: SweepContext,
  sweepId: string,
): Promise<{ corpus: CorpusRecord; sweep: SweepRecord }> {
  const sweep = await context.store.findSweep(sweepId);
  if (!sweep) throw new NotFound('sweep', sweepId);
  const corpus = await context.store.findCorpus(sweep.corpusId);
  if (!corpus) throw new NotFound('corpus', sweep.corpusId);
  return { corpus, sweep };
}

/** In the order of the sweep's targets. */
function describeLosses(losses: Record<string, ObservedLoss>, { targets }: SweepRecord) {
  const place = new Map(targets.map((target, i) => [target, i]));
  const entries = Object.entries(losses).sort(([a], [b]) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
  return Object.fromEntries(
    entries.map(([target, loss]) => [
      target,
      {
        natsPerToken: toJsonFloat(loss.natsPerToken),
        bitsPerByte: loss.bitsPerByte === null ? null : toJsonFloat(loss.bitsPerByte),
        ...(loss.bounds && { bounds: loss.bounds }),
      },
    ]),
  );
}

function describe(
  run: RunRecord,
  corpus: CorpusRecord,
  sweep: SweepRecord,
  observation: ObservationRecord | null,
): RunResponse {
  return {
    id: run.id,
    sweepId: run.sweepId,
    index: run.index,
    label: run.label,
    role: run.role,
    state: run.state,
    weights: Object.fromEntries(corpus.domains.map((domain, i) => [domain.name, run.weights[i] ?? 0])),
    fidelity: sweep.specification.fidelities[run.fidelity]?.name ?? null,
    seed: run.seed,
    attempt: run.attempt,
    step: run.step,
    totalSteps: run.totalSteps,
    trainLoss: run.trainLoss === null ? null : toJsonFloat(run.trainLoss),
    reason: run.reason,
    observation: observation && {
      losses: describeLosses(observation.losses, sweep),
      tokens: observation.tokens,
      seconds: observation.seconds,
      backend: observation.backend,
      parameters: observation.parameters,
      flops: observation.flops,
      censoredAt: observation.censoredAt,
    },
  };
}
