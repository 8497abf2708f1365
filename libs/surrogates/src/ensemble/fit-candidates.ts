// From the surrogates asked for to one fitted model with out-of-fold predictions. One surrogate is taken as it is;
// several are stacked. The ensemble's own out-of-fold prediction of a fold uses weights learned on the other folds,
// so that its score is not that of weights which have seen the answer.
import { InvalidInputError } from '#libs/simplex';
import { type CrossValidated, crossValidate, rowsAround } from '../cross-validate.js';
import type { Folds } from '../folds.js';
import { linear } from '../ridge.js';
import { type Scores, scorePredictions } from '../scores.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateParameters } from '../surrogate.js';
import { blendMeans, blendOf, blendPredictions, learnBlend } from './blend.js';
import { ensembleOf } from './ensemble.js';

export interface Member {
  readonly surrogate: Surrogate;
  readonly weight: number;
  readonly scores: Scores;
}

export interface FittedModel {
  readonly fitted: FittedSurrogate;
  readonly members: readonly Member[];
  readonly outOfFold: Float64Array;
  /** Standard errors of the out-of-fold predictions, not yet calibrated; null where the surrogate has none. */
  readonly errors: Float64Array | null;
  /** Predictions by the fit that has not seen a fold. */
  predictWithout(fold: number, rows: Mixtures): Float64Array;
  /** Predictions of the same model refitted on other rows, its weights kept; null where they are too few. */
  refit(mixtures: Mixtures, losses: readonly number[], predict: Mixtures): Float64Array | null;
  /** Whether nothing asked for could be fitted, so that another surrogate stands in. */
  readonly standIn: boolean;
  /** What could not be fitted, and what was done instead. */
  readonly warnings: readonly string[];
}

interface Candidate extends CrossValidated {
  readonly surrogate: Surrogate;
  readonly scores: Scores;
}

export interface FitSettings {
  readonly model: string;
  readonly parameters?: SurrogateParameters;
  readonly onStep?: (step: string) => void;
}

/** Too few rows for one surrogate is no reason to fit none: anything else is. */
function orTooFew<T>(work: () => T): T | InvalidInputError {
  try {
    return work();
  } catch (error) {
    if (error instanceof InvalidInputError && error.code === 'TOO_FEW_ROWS') return error;
    throw error;
  }
}

export function fitCandidates(
  asked: readonly Surrogate[],
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  folds: Folds,
  settings: FitSettings,
): FittedModel {
  const warnings: string[] = [];
  const attempt = (surrogate: Surrogate, parameters?: SurrogateParameters): Candidate | InvalidInputError =>
    orTooFew(() => {
      const onFit = (done: number, total: number) => {
        if (done < total) settings.onStep?.(`${surrogate.name}, fit ${done + 1} of ${total}`);
      };
      const run = crossValidate(surrogate, mixtures, losses, folds, parameters, onFit);
      return { ...run, surrogate, scores: scorePredictions(run.outOfFold, losses) };
    });
  let candidates = asked.flatMap((surrogate) => {
    const candidate = attempt(surrogate, settings.parameters);
    if (!(candidate instanceof InvalidInputError)) return [candidate];
    warnings.push(`${surrogate.name} left out: ${candidate.message}`);
    return [];
  });
  for (const { surrogate, whole } of candidates) {
    for (const limit of whole.limits ?? []) warnings.push(`${surrogate.name}: ${limit}`);
    const count = whole.freeParameters ?? 0;
    if (count <= losses.length) continue;
    const instead = settings.model === 'auto' ? 'it counts for what it is worth out of fold' : 'compare auto';
    warnings.push(
      `${surrogate.name} has ${count} parameters for ${losses.length} runs, so its ridge decides in part: ${instead}`,
    );
  }
  if (candidates.length === 0) {
    const fallback = attempt(linear);
    if (fallback instanceof InvalidInputError) throw fallback;
    warnings.push('linear was fitted instead: with its penalty it needs no more runs than there are');
    candidates = [fallback];
  }
  return settings.model === 'auto'
    ? stack(candidates, mixtures, losses, folds, warnings)
    : single(candidates[0]!, settings.parameters, !asked.includes(candidates[0]!.surrogate), warnings);
}

function single(
  candidate: Candidate,
  parameters: SurrogateParameters | undefined,
  standIn: boolean,
  warnings: string[],
): FittedModel {
  const { surrogate, whole, byFold, outOfFold, errors, scores } = candidate;
  return {
    fitted: whole,
    members: [{ surrogate, weight: 1, scores }],
    outOfFold,
    errors,
    predictWithout: (fold, rows) => byFold[fold]!.predict(rows),
    refit: (mixtures, losses, rows) => {
      const fitted = orTooFew(() => surrogate.fit(mixtures, losses, standIn ? undefined : parameters, whole.state()));
      return fitted instanceof InvalidInputError ? null : fitted.predict(rows);
    },
    standIn,
    warnings,
  };
}

function stack(
  candidates: readonly Candidate[],
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  folds: Folds,
  warnings: string[],
): FittedModel {
  const n = losses.length;
  const residuals = candidates.map(({ outOfFold }) => outOfFold.map((p, r) => p - losses[r]!));
  const blend = learnBlend(residuals, [...Array(n).keys()]);
  const outOfFold = new Float64Array(n);
  const errors = new Float64Array(n);
  const blendsWithout = Array.from({ length: folds.count }, (_, fold) => {
    const { inside, outside } = rowsAround(folds, fold);
    const own = learnBlend(residuals, inside);
    const pick = (values: Float64Array) => Float64Array.from(outside, (r) => values[r]!);
    const combined = blendPredictions(
      own,
      candidates.map((c) => pick(c.outOfFold)),
      candidates.map((c) => (c.errors ? pick(c.errors) : c.scores.rmse)),
    );
    outside.forEach((r, k) => {
      outOfFold[r] = combined.mean[k]!;
      errors[r] = combined.errors[k]!;
    });
    return own;
  });
  const keptAt = [...candidates.keys()].filter((k) => blend.weights[k]! > 0 || k === blend.best);
  const kept = keptAt.map((k) => candidates[k]!);
  const keptBlend = blendOf(blend, keptAt);
  const trained = blendMeans(
    keptBlend,
    kept.map(({ whole }) => whole.predict(mixtures)),
  );
  const parts = kept.map(({ whole, scores }) => ({ fitted: whole, rmse: scores.rmse }));
  return {
    fitted: ensembleOf(parts, keptBlend, scorePredictions(trained, losses).rmse),
    members: candidates.map(({ surrogate, scores }, k) => ({ surrogate, weight: blend.weights[k]!, scores })),
    outOfFold,
    errors,
    predictWithout: (fold, rows) =>
      blendMeans(
        blendsWithout[fold]!,
        candidates.map(({ byFold }) => byFold[fold]!.predict(rows)),
      ),
    refit: (some, values, rows) => {
      const means = kept.map(({ surrogate, whole }) => {
        const own = orTooFew(() => surrogate.fit(some, values, undefined, whole.state()));
        return own instanceof InvalidInputError ? null : own.predict(rows);
      });
      const usable = [...means.keys()].filter((k) => means[k] !== null);
      if (usable.length === 0) return null;
      return blendMeans(
        blendOf(keptBlend, usable),
        usable.map((k) => means[k]!),
      );
    },
    standIn: false,
    warnings,
  };
}
