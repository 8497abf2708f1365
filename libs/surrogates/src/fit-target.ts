// One target's fit with what a reader needs to trust it or not. Every candidate is scored out of fold on the same
// folds; `auto` keeps the one with the lowest out-of-fold RMSE and refits it on all rows. With several candidates the
// kept score is a minimum and slightly optimistic, which the test for signal allows for.
import { InvalidInputError } from '#libs/simplex';
import { checkRows } from './check-rows.js';
import { crossValidate, crossValidateMean } from './cross-validate.js';
import { assignFolds, type Folds } from './folds.js';
import { surrogatesFor } from './registry.js';
import { type Scores, scorePredictions } from './scores.js';
import { type Signal, testSignal } from './signal.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateParameters } from './surrogate.js';

export interface FitTargetOptions {
  /** "auto" or a surrogate's name. Default "auto". */
  readonly model?: string;
  /** Settings of the named surrogate; refused with "auto". */
  readonly parameters?: SurrogateParameters;
  readonly seed: number;
  /** Folds of the cross-validation. Default 5. */
  readonly folds?: number;
}

export interface FitDiagnostics {
  /** The surrogate kept, and why that one. */
  readonly model: string;
  readonly why: string;
  readonly rows: number;
  readonly distinctMixtures: number;
  readonly folds: number;
  readonly seed: number;
  readonly outOfFold: Scores;
  /** The same scores of predicting the mean of the other folds. */
  readonly baseline: Scores;
  readonly signal: Signal;
  readonly candidates: readonly { readonly model: string; readonly outOfFold: Scores }[];
  /** RMSE on the rows fitted, to be read against the out-of-fold RMSE. */
  readonly trainingRmse: number;
  readonly converged: boolean;
  readonly reason: string;
}

export interface FittedTarget {
  readonly surrogate: FittedSurrogate;
  readonly diagnostics: FitDiagnostics;
  /** Out-of-fold prediction per row, in the order given. */
  readonly outOfFold: Float64Array;
}

/** Fewest rows a target may have: with five, every fold of a five-fold cross-validation leaves four to fit on. */
export const MINIMUM_ROWS = 5;

interface Candidate {
  readonly surrogate: Surrogate;
  readonly predictions: Float64Array;
  readonly scores: Scores;
}

function explainChoice(candidates: readonly Candidate[], kept: Candidate, model: string): string {
  if (model !== 'auto') return 'asked for by name';
  const others = candidates.filter((c) => c !== kept);
  const listed = others.map((c) => `${c.surrogate.name} ${c.scores.rmse.toPrecision(3)}`).join(', ');
  return `lowest out-of-fold RMSE: ${kept.surrogate.name} ${kept.scores.rmse.toPrecision(3)} against ${listed}`;
}

function fitOnFolds(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  folds: Folds,
  options: FitTargetOptions,
): FittedTarget {
  const model = options.model ?? 'auto';
  const candidates = surrogatesFor(model).map((surrogate): Candidate => {
    const predictions = crossValidate(surrogate, mixtures, losses, folds, options.parameters);
    return { surrogate, predictions, scores: scorePredictions(predictions, losses) };
  });
  const kept = candidates.reduce((best, c) => (c.scores.rmse < best.scores.rmse ? c : best));
  const fitted = kept.surrogate.fit(mixtures, losses, options.parameters);
  const mean = scorePredictions(crossValidateMean(losses, folds), losses);
  return {
    surrogate: fitted,
    outOfFold: kept.predictions,
    diagnostics: {
      model: kept.surrogate.name,
      why: explainChoice(candidates, kept, model),
      rows: losses.length,
      distinctMixtures: folds.distinct,
      folds: folds.count,
      seed: options.seed,
      outOfFold: kept.scores,
      // The mean of the other folds differs a little from fold to fold; the order that makes is no prediction.
      baseline: { ...mean, spearman: null },
      signal: testSignal(kept.scores.spearman, folds.distinct, kept.scores.r2 === null, candidates.length),
      candidates: candidates.map((c) => ({ model: c.surrogate.name, outOfFold: c.scores })),
      trainingRmse: fitted.residual,
      converged: fitted.converged,
      reason: fitted.reason,
    },
  };
}

/**
 * Fits `losses` (n finite values) on `mixtures` (n x m weights) and scores the fit out of fold.
 * Throws TOO_FEW_ROWS, SHAPE, NOT_FINITE, MODEL_UNKNOWN, PARAMETER_UNKNOWN or OUT_OF_RANGE. A constant target is no
 * error: its Spearman and R² are null and its signal absent.
 */
export function fitTarget(mixtures: Mixtures, losses: ArrayLike<number>, options: FitTargetOptions): FittedTarget {
  checkRows(mixtures, losses, MINIMUM_ROWS);
  if (options.parameters && (options.model ?? 'auto') === 'auto') {
    throw new InvalidInputError('PARAMETER_UNKNOWN', 'parameters belong to one surrogate; name it instead of "auto"', {
      argument: 'parameters',
      allowed: 'a named model',
    });
  }
  return fitOnFolds(mixtures, losses, assignFolds(mixtures, options.folds ?? 5, options.seed), options);
}

export interface FittedTargets {
  readonly [target: string]: FittedTarget & {
    /** Positions in `mixtures` of the rows used, ascending. */
    readonly rowsUsed: readonly number[];
  };
}

/**
 * Fits each target on the rows where it is finite: a run that diverged on one target still counts for the others.
 * @param losses n values per target; NaN, infinity and null mean "not measured or diverged"
 * @param onTarget called before each target's fit
 */
export function fitTargets(
  mixtures: Mixtures,
  losses: Readonly<Record<string, ArrayLike<number | null>>>,
  options: FitTargetOptions,
  onTarget?: (target: string, done: number, total: number) => void,
): FittedTargets {
  const names = Object.keys(losses);
  const fitted: Record<string, FittedTarget & { rowsUsed: number[] }> = {};
  names.forEach((target, done) => {
    onTarget?.(target, done, names.length);
    const values = losses[target]!;
    if (values.length !== mixtures.length) {
      throw new InvalidInputError('SHAPE', `${mixtures.length} mixtures but ${values.length} losses for "${target}"`, {
        argument: target,
        value: values.length,
        allowed: `${mixtures.length} values`,
      });
    }
    const rowsUsed: number[] = [];
    for (let r = 0; r < values.length; r++) if (Number.isFinite(values[r])) rowsUsed.push(r);
    if (rowsUsed.length < MINIMUM_ROWS) {
      throw new InvalidInputError(
        'TOO_FEW_ROWS',
        `target "${target}" has ${rowsUsed.length} finite losses; at least ${MINIMUM_ROWS} are needed`,
        { argument: target, value: rowsUsed.length, allowed: `[${MINIMUM_ROWS}, inf) rows` },
      );
    }
    const result = fitTarget(
      rowsUsed.map((r) => mixtures[r]!),
      rowsUsed.map((r) => values[r]!),
      options,
    );
    fitted[target] = { ...result, rowsUsed };
  });
  return fitted;
}
