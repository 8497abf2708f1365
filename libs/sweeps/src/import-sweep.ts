import {
  columnNameSchema,
  defaultRetries,
  type ImportSettings,
  importLimits,
  lineOf,
  type SweepSpecification,
} from '#libs/contracts';
import { readBaseline, targetsAsked } from '#libs/proposals';
import { alignToDomains, naturalPrior, normaliseWeights } from '#libs/simplex';
import { MINIMUM_ROWS } from '#libs/surrogates';
import { boundsOf } from './bounds.js';
import { checkKnowledge, checkTargets } from './check-settings.js';
import type { SweepContext } from './context.js';
import { type Submission, submitOnce } from './idempotency.js';
import { checkingField } from './invalid-input.js';
import { newRun } from './new-run.js';
import { newSweep } from './new-sweep.js';
import type { CorpusRecord, DomainRecord, ObservationRecord, RunRecord } from './ports/records.js';
import { registerCorpus } from './register-corpus.js';
import { InvalidField } from './sweeps.errors.js';
import { minimumObservations } from './transitions/advance-sweep.js';

/** Ten thousand runs of hundreds of targets are millions of records, unless they are made as they are written. */
const observationsPerWrite = 200;

/** Finished runs, checked row by row by whoever read them. */
export interface ImportedRuns {
  readonly domains: readonly string[];
  /** n rows of m weights, each summing to 1. */
  readonly mixtures: readonly (readonly number[])[];
  /** n values per target; NaN where a run did not measure it, NaN or infinity where it diverged. */
  readonly losses: Readonly<Record<string, ArrayLike<number>>>;
  /** By target, the rows of which nothing was measured. */
  readonly unmeasured: Readonly<Record<string, readonly number[]>>;
  /** n distinct names. */
  readonly ids: readonly string[];
  readonly notes: readonly string[];
}

export interface ImportRequest {
  runs: ImportedRuns;
  settings: ImportSettings;
  /** Names the whole request: the same body has the same hash. */
  requestHash: string;
}

/**
 * Makes a sweep of finished runs: the runs with their observations and the request to fit them, in one transaction; the
 * corpus, which the same domains share, in one before it. The sweep goes straight to `fitting` and ends `completed`, for nothing here could train a confirmation.
 */
export async function importSweep(
  context: SweepContext,
  { runs, settings, requestHash }: ImportRequest,
  key?: string,
): Promise<Submission> {
  return submitOnce(context, { route: 'POST /v1/sweeps/import', key, requestHash }, async () => {
    checkSize(runs);
    const { targets, notes } = checkLosses(runs, settings);
    const domains = await describeDomains(runs.domains, settings);
    const prior = await priorOf(runs, settings, domains);
    await checkSettings(settings, domains, targets, prior);
    const { baseline } = settings;
    if (baseline) await checkingField('baseline', () => readBaseline(runs.domains, baseline));
    const sweepId = context.newId('sweep');
    const roundId = context.newId('round');
    const name = settings.name ?? 'imported runs';
    // Not with the runs: who imports or registers under the same name would wait for all of them to be written.
    const { corpus } = await registerCorpus(context, { name, domains });
    const made = finishedRuns(context, { runs, sweepId, roundId, settings });
    return {
      sweepId,
      notes: [...runs.notes, ...notes],
      bulk: true,
      async write(tx) {
        await tx.insertSweep(
          newSweep(context, {
            id: sweepId,
            name: settings.name ?? `${name} ${sweepId.slice(-6)}`,
            state: 'fitting',
            corpusId: corpus.id,
            specification: specificationOf(settings, corpus.id, runs.ids.length),
            targets,
            prior,
          }),
        );
        await tx.insertRound({ id: roundId, sweepId, index: 0, kind: 'design' });
        await tx.insertRuns(made);
        for (let from = 0; from < made.length; from += observationsPerWrite) {
          const some = made.slice(from, from + observationsPerWrite);
          await tx.insertObservations(observationsOf(context, runs, targets, some));
        }
        await tx.appendOutbox({ topic: 'fit', payload: { sweepId } });
        await tx.appendEvent({ sweepId, type: 'state', data: { state: 'fitting', imported: made.length } });
      },
    };
  });
}

function checkSize({ ids, domains, losses }: ImportedRuns): void {
  const sizes = [
    ['runs', ids.length, importLimits.runs],
    ['domains', domains.length, importLimits.domains],
    ['targets', Object.keys(losses).length, importLimits.targets],
  ] as const;
  for (const [what, size, limit] of sizes) {
    if (size > limit)
      throw new InvalidField('runs', `${size} ${what}; at most ${limit} are allowed`, 'import-too-large');
  }
  if (ids.length < minimumObservations) {
    const message = `${ids.length} usable runs; an import needs at least ${minimumObservations}`;
    throw new InvalidField('runs', message, 'too-few-rows');
  }
  checkNames([...domains, ...Object.keys(losses)], columnNameSchema);
  checkNames(ids, lineOf(200));
}

function checkNames(names: readonly string[], schema: ReturnType<typeof lineOf>): void {
  for (const name of names) {
    const parsed = schema.safeParse(name);
    if (parsed.success) continue;
    const shown = JSON.stringify(name.length > 100 ? `${name.slice(0, 97)}...` : name);
    throw new InvalidField('runs', `${shown} cannot be a name: ${parsed.error.issues[0]?.message}`);
  }
}

/**
 * Every target, with a note on each that has too few finite losses to be fitted: its fit will say so too. One that is
 * asked for is refused.
 */
function checkLosses(
  { losses }: ImportedRuns,
  { objective, pareto }: ImportSettings,
): { targets: string[]; notes: string[] } {
  checkTargets(objective, pareto, Object.keys(losses));
  const wanted = new Set(targetsAsked(objective, pareto));
  const targets = Object.keys(losses);
  const notes: string[] = [];
  for (const [target, values] of Object.entries(losses)) {
    const finite = Array.from(values).filter((value) => Number.isFinite(value)).length;
    if (finite >= MINIMUM_ROWS) continue;
    const message = `"${target}" has ${finite} finite losses; a fit needs at least ${MINIMUM_ROWS}`;
    if (wanted.has(target)) throw new InvalidField('objective.targets', message, 'too-few-rows');
    notes.push(`${message}: it has no fit`);
  }
  if (notes.length === targets.length) throw new InvalidField('runs', notes.join('; '), 'too-few-rows');
  return { targets, notes };
}

async function describeDomains(
  names: readonly string[],
  { tokens, licences }: ImportSettings,
): Promise<DomainRecord[]> {
  const counts = tokens && (await checkingField('tokens', () => alignToDomains('tokens', names, tokens)));
  const strange = Object.keys(licences ?? {}).find((name) => !names.includes(name));
  if (strange !== undefined) {
    throw new InvalidField(
      `licences.${strange}`,
      `unknown domain "${strange}"; the runs have ${names.join(', ')}`,
      'domain-unknown',
    );
  }
  return names.map((name, i) => ({
    name,
    source: null,
    tokens: counts?.[i] ?? null,
    ...(licences && Object.hasOwn(licences, name) && { licence: licences[name]! }),
  }));
}

async function priorOf(
  { domains, mixtures }: ImportedRuns,
  { prior, tokens }: ImportSettings,
  described: readonly DomainRecord[],
): Promise<number[]> {
  if (prior) {
    return checkingField('prior', () => normaliseWeights(domains, alignToDomains('prior', domains, prior)).weights);
  }
  if (tokens)
    return naturalPrior(
      domains,
      described.map((domain) => domain.tokens!),
    );
  return domains.map((_, i) => mixtures.reduce((sum, row) => sum + row[i]!, 0) / mixtures.length);
}

async function checkSettings(
  { objective, constraints, prior: given }: ImportSettings,
  domains: DomainRecord[],
  targets: readonly string[],
  prior: readonly number[],
): Promise<void> {
  const corpus: CorpusRecord = { id: '', name: '', version: 0, contentHash: '', createdAt: new Date(0), domains };
  checkTargets(objective, undefined, targets);
  checkKnowledge(objective, constraints, corpus, given !== undefined);
  await boundsOf(constraints, corpus, given && prior);
}

function specificationOf(
  { name, seed, prior, objective, constraints, fit, optimiser, pareto, baseline }: ImportSettings,
  corpusId: string,
  runs: number,
): SweepSpecification {
  return {
    ...(name !== undefined && { name }),
    corpusId,
    seed,
    strategy: { name: 'imported', runs },
    trainer: null,
    ...(prior && { prior }),
    ...(baseline && { baseline }),
    objective,
    constraints,
    fit,
    optimiser,
    ...(pareto && { pareto }),
    confirmation: null,
    fidelities: [],
    checkpoints: { everySteps: 0, keepFinal: false },
    maxAttempts: 1,
    retries: defaultRetries,
  };
}

function finishedRuns(
  context: SweepContext,
  {
    runs,
    sweepId,
    roundId,
    settings,
  }: { runs: ImportedRuns; sweepId: string; roundId: string; settings: ImportSettings },
): RunRecord[] {
  const now = context.now();
  const columns = Object.values(runs.losses);
  return runs.mixtures.map((weights, index) => ({
    ...newRun(context, {
      sweepId,
      roundId,
      index,
      role: 'design',
      weights,
      fidelity: 0,
      seed: settings.seed,
      maxAttempts: 1,
    }),
    label: runs.ids[index]!,
    ...(columns.some((losses) => Number.isFinite(losses[index]))
      ? { state: 'succeeded' as const }
      : { state: 'diverged' as const, reason: 'No finite loss was imported.' }),
    finishedAt: now,
  }));
}

/** NaN and infinity are kept: they show that a run diverged on that target. What was not measured has no loss. */
function observationsOf(
  context: SweepContext,
  { losses, unmeasured }: ImportedRuns,
  targets: readonly string[],
  runs: readonly RunRecord[],
): ObservationRecord[] {
  const recordedAt = context.now();
  const absent = new Map(targets.map((target) => [target, new Set(unmeasured[target])]));
  return runs.flatMap(({ id, index }) => {
    const measured = targets.filter((target) => !absent.get(target)!.has(index));
    if (measured.length === 0) return [];
    const found = measured.map((target) => [target, { natsPerToken: losses[target]![index]!, bitsPerByte: null }]);
    return [
      {
        runId: id,
        attempt: 0,
        losses: Object.fromEntries(found),
        tokens: null,
        seconds: null,
        backend: null,
        parameters: null,
        flops: null,
        censoredAt: null,
        expertLoads: [],
        recordedAt,
      },
    ];
  });
}
