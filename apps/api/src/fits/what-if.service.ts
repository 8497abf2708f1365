import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type LocatedPredictions, PredictionThread, packRows, type StoredFit } from '#libs/computing';
import type { Predictions } from '#libs/contracts';
import { alignToDomains, normaliseWeights } from '#libs/simplex';
import {
  FitNotReady,
  type FitRecord,
  InvalidField,
  listDesignRuns,
  NotFound,
  type RunRecord,
  type SweepContext,
} from '#libs/sweeps';
import { Gate } from '../computing/gate.js';
import { SWEEP_CONTEXT } from '../sweep-context.js';

/** What a fit was made of, as far as answers need it; its mixtures and models lie in the thread alone. */
interface KnownFit {
  readonly id: string;
  readonly model: string;
  /** By target, whether its fit found a signal. */
  readonly signals: Readonly<Record<string, boolean>>;
  readonly domains: readonly string[];
  /** Names of the runs, in the order of the mixtures fitted. */
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
    const { known, runs } = await this.find(fitId);
    const targets = Object.keys(known.signals).length;
    if (mixtures.length * targets > mostEstimates) {
      const most = Math.floor(mostEstimates / targets);
      throw new InvalidField(
        'mixtures',
        `${mixtures.length} mixtures; at most ${most} with ${targets} targets`,
        'too-many-mixtures',
      );
    }
    const rows = mixtures.map((weights, i) => readMixture(known.domains, weights, i));
    const predicted = await this.gate.run(signal, () =>
      this.thread.predict(fitId, () => this.loadModels(fitId, runs), rows),
    );
    return describe(known, rows, predicted);
  }

  private async find(fitId: string): Promise<{ known: KnownFit; runs?: RunRecord[] }> {
    const found = this.known.get(fitId);
    const { known, runs } = found ? { known: found } : await this.load(fitId);
    this.known.delete(fitId);
    this.known.set(fitId, known);
    if (this.known.size > mostKnown) this.known.delete(this.known.keys().next().value!);
    return { known, runs };
  }

  private async load(fitId: string): Promise<{ known: KnownFit; runs: RunRecord[] }> {
    const { store } = this.context;
    const fit = await this.succeeded(fitId);
    const sweep = await store.findSweep(fit.sweepId);
    const corpus = sweep && (await store.findCorpus(sweep.corpusId));
    if (!corpus) throw new NotFound('sweep', fit.sweepId);
    const diagnostics = fit.targets as Record<string, { signal?: { present?: boolean } }>;
    const runs = await this.fittedRuns(fit);
    const known = {
      id: fit.id,
      model: fit.model,
      signals: Object.fromEntries(
        Object.entries(diagnostics).map(([target, { signal }]) => [target, signal?.present ?? false]),
      ),
      domains: corpus.domains.map(({ name }) => name),
      runs: runs.map(({ id, label }) => label ?? id),
    };
    return { known, runs };
  }

  /** Asked for by the thread when it has not kept the fit. `read`: its runs, where they have just been read. */
  private async loadModels(fitId: string, read?: RunRecord[]): Promise<StoredFit> {
    const fit = await this.succeeded(fitId);
    const models = await this.context.store.fitModels(fitId);
    if (models.length === 0) throw new FitNotReady(fit);
    const runs = read ?? (await this.fittedRuns(fit));
    return {
      packed: Object.fromEntries(models.map(({ target, packed }) => [target, packed])),
      sampled: packRows(runs.map(({ weights }) => weights)),
    };
  }

  private async succeeded(fitId: string): Promise<FitRecord> {
    const fit = await this.context.store.findFit(fitId);
    if (fit === null) throw new NotFound('fit', fitId);
    if (fit.state !== 'succeeded') throw new FitNotReady(fit);
    return fit;
  }

  private async fittedRuns({ sweepId, runIds }: FitRecord): Promise<RunRecord[]> {
    const byId = new Map((await listDesignRuns(this.context.store, sweepId)).map((run) => [run.id, run]));
    return runIds.flatMap((id) => byId.get(id) ?? []);
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
  { id, model, signals, domains, runs }: KnownFit,
  rows: readonly (readonly number[])[],
  { targets, located }: LocatedPredictions,
): Predictions {
  return {
    fitId: id,
    model,
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
              signal: signals[target] ?? false,
            },
          ]),
        ),
        extrapolation: { outside, distance, limit, nearestRun: runs[index]! },
      };
    }),
  };
}
