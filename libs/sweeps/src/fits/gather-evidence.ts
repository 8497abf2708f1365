import { createHash } from 'node:crypto';
import { contentHash } from '../content-hash.js';
import type { SweepContext } from '../context.js';
import { listDesignRuns } from '../list-design-runs.js';
import type { CensoredEvidence, FitEvidence, FitRequest } from '../ports/fit-runner.port.js';
import type { CorpusRecord, RunRecord, SweepRecord } from '../ports/records.js';

export interface GatheredEvidence {
  corpus: CorpusRecord;
  /** Succeeded design runs by index: the order, and so the fit, does not depend on which finished first. */
  runs: RunRecord[];
  /** Design runs, of the fidelity that is fitted, that diverged, failed or are not done. */
  leftOut: number;
  evidence: FitEvidence;
}

/**
 * What a fit of the sweep's runs starts from.
 * @param runIds the runs to take, in this order; those that have succeeded when absent
 */
export async function gatherEvidence(
  context: SweepContext,
  sweep: SweepRecord,
  runIds?: readonly string[],
): Promise<GatheredEvidence> {
  const corpus = await context.store.findCorpus(sweep.corpusId);
  if (!corpus) throw new Error(`sweep ${sweep.id} names a corpus that does not exist: ${sweep.corpusId}`);
  const design = (await listDesignRuns(context.store, sweep.id)).filter(({ fidelity }) => fidelity === 0);
  const runs = chooseRuns(design, runIds);
  // A proposal made again from a fit needs the rows that its predictions are held against, and these were measured.
  const stopped = runIds === undefined ? design.filter(({ state }) => state === 'censored') : [];
  const losses = await lossesOf(context, sweep.targets, runs);
  const domains = corpus.domains.map(({ name }) => name);
  const known = corpus.domains.every(({ tokens }) => tokens !== null);
  return {
    corpus,
    runs,
    leftOut: design.length - runs.length - stopped.length,
    evidence: {
      domains,
      runIds: runs.map((run) => run.label ?? run.id),
      mixtures: runs.map((run) => [...run.weights]),
      losses,
      censored: await censoredOf(context, sweep.targets, stopped),
      prior: sweep.specification.prior && Object.fromEntries(domains.map((name, i) => [name, sweep.prior[i]!])),
      tokens: known ? Object.fromEntries(corpus.domains.map(({ name, tokens }) => [name, tokens!])) : undefined,
      licences: Object.fromEntries(
        corpus.domains.flatMap(({ name, licence }) => (licence === undefined ? [] : [[name, licence]])),
      ),
    },
  };
}

/** In pages: of ten thousand runs the losses are many, and only the numbers are kept. */
async function lossesOf(
  { store }: SweepContext,
  targets: readonly string[],
  runs: readonly RunRecord[],
): Promise<Record<string, number[]>> {
  const rowOf = new Map(runs.map(({ id }, r) => [id, r]));
  const losses = new Map(targets.map((target) => [target, new Array<number>(runs.length).fill(Number.NaN)]));
  const page = 1_000;
  for (let from = 0; from < runs.length; from += page) {
    const ids = runs.slice(from, from + page).map(({ id }) => id);
    for (const observation of await store.listObservations(ids)) {
      for (const [target, { natsPerToken }] of Object.entries(observation.losses)) {
        const column = losses.get(target);
        if (column) column[rowOf.get(observation.runId)!] = natsPerToken;
      }
    }
  }
  return Object.fromEntries(losses);
}

async function censoredOf(
  { store }: SweepContext,
  targets: readonly string[],
  runs: readonly RunRecord[],
): Promise<CensoredEvidence> {
  const observations = await store.listObservations(runs.map(({ id }) => id));
  const byRun = new Map(observations.map((observation) => [observation.runId, observation.losses]));
  const bound = (target: string, side: 'lower' | 'upper') =>
    runs.map(({ id }) => byRun.get(id)?.[target]?.bounds?.[side] ?? Number.NaN);
  return {
    mixtures: runs.map(({ weights }) => [...weights]),
    bounds:
      runs.length === 0
        ? {}
        : Object.fromEntries(
            targets.map((target) => [target, { lower: bound(target, 'lower'), upper: bound(target, 'upper') }]),
          ),
  };
}

function chooseRuns(runs: readonly RunRecord[], ids: readonly string[] | undefined): RunRecord[] {
  if (ids === undefined) return runs.filter((run) => run.state === 'succeeded');
  const byId = new Map(runs.map((run) => [run.id, run]));
  return ids.map((id) => {
    const run = byId.get(id);
    if (!run) throw new Error(`run ${id} of a fit is gone`);
    return run;
  });
}

/**
 * Names what was fitted and how, not the identifiers of the runs: equal evidence has an equal hash. The numbers go in as
 * they lie in memory; as text they would hold up the event loop.
 */
export function hashOf({ evidence, settings }: FitRequest): string {
  const { runIds: _ids, mixtures, losses, censored, ...rest } = evidence;
  const shape = {
    ...rest,
    ...settings,
    targets: Object.keys(losses),
    runs: mixtures.length,
    // Absent where no run was stopped: such evidence has the hash it always had.
    ...(censored.mixtures.length > 0 && { censored: censored.mixtures.length }),
  };
  const bounds = Object.values(censored.bounds).flatMap(({ lower, upper }) => [lower, upper]);
  const hash = createHash('sha256').update(contentHash(shape));
  for (const numbers of [...mixtures, ...Object.values(losses), ...censored.mixtures, ...bounds])
    hash.update(Float64Array.from(numbers));
  return `sha256:${hash.digest('hex')}`;
}
