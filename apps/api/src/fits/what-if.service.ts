import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type LocatedPredictions, PredictionThread, packRows } from '#libs/computing';
import type { Predictions } from '#libs/contracts';
import { alignToDomains, normaliseWeights } from '#libs/simplex';
import { FitNotReady, type FitRecord, InvalidField, listDesignRuns, NotFound, type SweepContext } from '#libs/sweeps';
import { Gate } from '../computing/gate.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';

/** What a fit was made of, as far as questions to it need it. */
interface KnownFit {
  readonly fit: FitRecord;
  readonly domains: readonly string[];
  readonly sampled: readonly (readonly number[])[];
  /** Names of the runs, in the order of `sampled`. */
  readonly runs: readonly string[];
}

const mostKnown = 16;
/** Of one answer, some megabytes of JSON: one for each mixture and target. */
const mostEstimates = 50_000;

/** Answers what a fit says of mixtures nobody trained, in a thread that keeps the fits used lately. */
@Injectable()
export class WhatIf implements OnModuleDestroy {
  private readonly thread = new PredictionThread();
  /** The thread answers one question after another; whoever goes away while waiting is not asked for. */
  private readonly gate = new Gate(1, 32);
  /** The one used last stands last. A fit that succeeded never changes. */
  private readonly known = new Map<string, KnownFit>();

  constructor(@Inject(SWEEP_CONTEXT) private readonly context: SweepContext) {}

  async onModuleDestroy(): Promise<void> {
    await this.thread.close();
  }

  async predict(
    fitId: string,
    mixtures: readonly Readonly<Record<string, number>>[],
    signal: AbortSignal,
  ): Promise<Predictions> {
    const known = await this.find(fitId);
    const targets = Object.keys(known.fit.targets).length;
    if (mixtures.length * targets > mostEstimates) {
      const most = Math.floor(mostEstimates / targets);
      throw new InvalidField(
        'mixtures',
        `${mixtures.length} mixtures; at most ${most} with ${targets} targets`,
        'too-many-mixtures',
      );
    }
    const rows = mixtures.map((weights, i) => readMixture(known.domains, weights, i));
    const load = async () => {
      const models = await this.context.store.fitModels(fitId);
      if (models.length === 0) throw new FitNotReady(known.fit);
      return {
        packed: Object.fromEntries(models.map(({ target, packed }) => [target, packed])),
        sampled: packRows(known.sampled),
      };
    };
    const predicted = await this.gate.run(signal, () => this.thread.predict(fitId, load, rows));
    return describe(known, rows, predicted);
  }

  private async find(fitId: string): Promise<KnownFit> {
    const known = this.known.get(fitId) ?? (await this.load(fitId));
    this.known.delete(fitId);
    this.known.set(fitId, known);
    if (this.known.size > mostKnown) this.known.delete(this.known.keys().next().value!);
    return known;
  }

  private async load(fitId: string): Promise<KnownFit> {
    const { store } = this.context;
    const fit = await store.findFit(fitId);
    if (fit === null) throw new NotFound('fit', fitId);
    if (fit.state !== 'succeeded') throw new FitNotReady(fit);
    const sweep = await store.findSweep(fit.sweepId);
    const corpus = sweep && (await store.findCorpus(sweep.corpusId));
    if (!corpus) throw new NotFound('sweep', fit.sweepId);
    const runs = await listDesignRuns(store, fit.sweepId);
    const byId = new Map(runs.map((run) => [run.id, run]));
    const fitted = fit.runIds.flatMap((id) => byId.get(id) ?? []);
    return {
      fit,
      domains: corpus.domains.map(({ name }) => name),
      sampled: fitted.map(({ weights }) => weights),
      runs: fitted.map(({ id, label }) => label ?? id),
    };
  }
}

/** Domains that are not named have weight 0; the sum is checked, so a forgotten one is noticed. */
function readMixture(domains: readonly string[], weights: Readonly<Record<string, number>>, i: number): number[] {
  const unknown = Object.keys(weights).find((name) => !domains.includes(name));
  if (unknown !== undefined) {
    const message = `unknown domain "${unknown}"; the fit has ${domains.join(', ')}`;
    throw new InvalidField(`mixtures.${i}.${unknown}`, message, 'domain-unknown');
  }
  const complete = { ...Object.fromEntries(domains.map((name) => [name, 0])), ...weights };
  try {
    return normaliseWeights(domains, alignToDomains('mixture', domains, complete)).weights;
  } catch (error) {
    throw new InvalidField(`mixtures.${i}`, (error as Error).message, 'weights-sum');
  }
}

function describe(
  { fit, domains, runs }: KnownFit,
  rows: readonly (readonly number[])[],
  { targets, located }: LocatedPredictions,
): Predictions {
  const diagnostics = fit.targets as Record<string, { signal?: { present?: boolean } }>;
  return {
    fitId: fit.id,
    model: fit.model,
    predictions: rows.map((row, r) => {
      const { index, distance, limit, outside } = located[r]!;
      return {
        weights: Object.fromEntries(domains.map((name, i) => [name, row[i]!])),
        targets: Object.fromEntries(
          Object.entries(targets).map(([target, predicted]) => [
            target,
            {
              mean: predicted.mean[r]!,
              standardError: predicted.standardError[r]!,
              lower50: predicted.lower50?.[r] ?? null,
              upper50: predicted.upper50?.[r] ?? null,
              lower90: predicted.lower90?.[r] ?? null,
              upper90: predicted.upper90?.[r] ?? null,
              signal: diagnostics[target]?.signal?.present ?? false,
            },
          ]),
        ),
        extrapolation: { outside, distance, limit, nearestRun: runs[index]! },
      };
    }),
  };
}
