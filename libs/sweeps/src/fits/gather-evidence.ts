import { createHash } from 'node:crypto';
import { contentHash } from '../content-hash.js';
import type { SweepContext } from '../context.js';
import { listDesignRuns } from '../list-design-runs.js';
import type { FitEvidence, FitRequest } from '../ports/fit-runner.port.js';
import type { CorpusRecord, RunRecord, SweepRecord } from '../ports/records.js';

export interface GatheredEvidence {
  corpus: CorpusRecord;
  /** Succeeded design runs by index: the order, and so the fit, does not depend on which finished first. */
  runs: RunRecord[];
  /** Design runs that diverged, failed or are not done. */
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
  const design = await listDesignRuns(context.store, sweep.id);
  const runs = chooseRuns(design, runIds);
  const losses = await lossesOf(context, sweep.targets, runs);
  const domains = corpus.domains.map(({ name }) => name);
  const known = corpus.domains.every(({ tokens }) => tokens !== null);
  return {
    corpus,
    runs,
    leftOut: design.length - runs.length,
    evidence: {
      domains,
      runIds: runs.map((run) => run.label ?? run.id),
      mixtures: runs.map((run) => [...run.weights]),
      losses,
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
  const { runIds: _ids, mixtures, losses, ...rest } = evidence;
  const shape = { ...rest, ...settings, targets: Object.keys(losses), runs: mixtures.length };
  const hash = createHash('sha256').update(contentHash(shape));
  for (const numbers of [...mixtures, ...Object.values(losses)]) hash.update(Float64Array.from(numbers));
  return `sha256:${hash.digest('hex')}`;
}
