import { contentHash } from '../content-hash.js';
import type { SweepContext } from '../context.js';
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
  const design = await context.store.listRuns(sweep.id, { role: 'design', offset: 0, limit: 100_000 });
  const runs = chooseRuns(design.runs, runIds);
  const observations = await context.store.listObservations(runs.map((run) => run.id));
  const byRun = new Map(observations.map(({ runId, losses }) => [runId, losses]));
  const losses = Object.fromEntries(
    sweep.targets.map((target) => [target, runs.map((run) => byRun.get(run.id)?.[target]?.natsPerToken ?? Number.NaN)]),
  );
  const domains = corpus.domains.map(({ name }) => name);
  const known = corpus.domains.every(({ tokens }) => tokens !== null);
  return {
    corpus,
    runs,
    leftOut: design.runs.length - runs.length,
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

function chooseRuns(runs: readonly RunRecord[], ids: readonly string[] | undefined): RunRecord[] {
  if (ids === undefined) return runs.filter((run) => run.state === 'succeeded');
  const byId = new Map(runs.map((run) => [run.id, run]));
  return ids.map((id) => {
    const run = byId.get(id);
    if (!run) throw new Error(`run ${id} of a fit is gone`);
    return run;
  });
}

/** Names what was fitted and how, not the identifiers of the runs: equal evidence has an equal hash. */
export function hashOf({ evidence: { runIds: _ids, ...evidence }, settings }: FitRequest): string {
  return contentHash({ ...evidence, losses: spellOut(evidence.losses), ...settings });
}

/** JSON makes null of NaN and both infinities alike. */
function spellOut(losses: Record<string, number[]>): Record<string, (number | string)[]> {
  return Object.fromEntries(
    Object.entries(losses).map(([target, values]) => [
      target,
      values.map((value) => (Number.isFinite(value) ? value : String(value))),
    ]),
  );
}
