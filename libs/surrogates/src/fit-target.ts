// One target's fit with what a reader needs to trust it or not: scores, intervals and their coverage, all on rows that
// the fit had not seen; what more runs would bring; which rows and domains matter.
import { InvalidInputError } from '#libs/simplex';
import { calibrate, measureCoverage, narrowed, normalise } from './calibration.js';
import { type CensoredRows, type CensoredRuns, censoredRowsOf } from './censored-rows/censored-rows.js';
import { withCensoredRows } from './censored-rows/with-censored-rows.js';
import { checkRows } from './check-rows.js';
import { crossValidateMean } from './cross-validate.js';
import { domainImportance } from './diagnostics/importance.js';
import { currentExponent, learningCurve } from './diagnostics/learning-curve.js';
import { findOutliers, measureReplicates, worstPredicted } from './diagnostics/suspect-rows.js';
import { type FittedModel, fitCandidates } from './ensemble/fit-candidates.js';
import type { ExpertTable } from './expert-features/expert-table.js';
import { withExpertFeatures } from './expert-features/with-expert-features.js';
import type { FitDiagnostics } from './fit-diagnostics.js';
import { FittedTarget } from './fitted-target.js';
import { assignFolds, type Folds, groupIdenticalMixtures } from './folds.js';
import { surrogatesFor } from './registry.js';
import { linear } from './ridge.js';
import { scorePredictions } from './scores.js';
import { testSignal } from './signal.js';
import type { Mixtures, Surrogate, SurrogateParameters } from './surrogate.js';
import { type Gathered, gatherFits, orUnfitted } from './unfitted-targets.js';

export interface FitTargetOptions {
  /** "auto" or a surrogate's name. Default "auto". */
  readonly model?: string;
  /** Settings of the named surrogate; refused with "auto". */
  readonly parameters?: SurrogateParameters;
  /** Log-probabilities of domain experts, whose mixture's loss becomes a further input of every surrogate. */
  readonly experts?: readonly ExpertTable[];
  readonly seed: number;
  /** Folds of the cross-validation. Default 5. */
  readonly folds?: number;
  /** Rows of which an interval is known; the surrogates learn from them and are not judged on them. */
  readonly censored?: CensoredRows;
  /** Called before each part of the work, with its name. */
  readonly onStep?: (step: string) => void;
}

/** Of several targets. */
export interface FitTargetsOptions extends Omit<FitTargetOptions, 'censored'> {
  readonly censored?: CensoredRuns;
}

/** Fewest rows a target may have: with five, every fold of a five-fold cross-validation leaves four to fit on. */
export const MINIMUM_ROWS = 5;
/** The arithmetic squares losses and multiplies squares: beyond this it overflows. */
const LARGEST_LOSS = 1e100;

function explainModel(model: FittedModel, asked: string): string {
  if (asked !== 'auto') return model.standIn ? model.warnings.at(-1)! : 'asked for by name';
  const listed = [...model.members]
    .sort((a, b) => b.weight - a.weight)
    .map(
      ({ surrogate, weight, scores }) =>
        `${surrogate.name} ${(100 * weight).toFixed(0)}% (${scores.rmse.toPrecision(3)})`,
    );
  return `members weighted by their errors out of fold (RMSE in brackets): ${listed.join(', ')}`;
}

function diagnose(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  folds: Folds,
  model: FittedModel,
  options: FitTargetOptions,
  rowsUsed: readonly number[],
): FittedTarget {
  const asked = options.model ?? 'auto';
  const { fitted, outOfFold, errors } = model;
  const scores = scorePredictions(outOfFold, losses);
  const residuals = outOfFold.map((p, r) => p - losses[r]!);
  const calibration = calibrate(residuals, errors);
  const standardised = normalise(residuals, errors, calibration.floor).map((z) => z / (calibration.scale || 1));
  const labels = groupIdenticalMixtures(mixtures);
  const inFold = Math.round((losses.length * (folds.count - 1)) / folds.count);
  const curve = learningCurve(losses, labels, options.seed, { runs: inFold, scores }, (inside, outside) => {
    options.onStep?.(`learning curve, ${inside.length} runs`);
    return model.refit(
      inside.map((r) => mixtures[r]!),
      inside.map((r) => losses[r]!),
      outside.map((r) => mixtures[r]!),
    );
  });
  options.onStep?.('importance of the domains');
  const importance = domainImportance(mixtures, losses, outOfFold, folds, (fold, rows) =>
    model.predictWithout(fold, rows),
  );
  const mean = scorePredictions(crossValidateMean(losses, folds), losses);
  const diagnostics: FitDiagnostics = {
    model: fitted.name,
    why: explainModel(model, asked),
    rows: losses.length,
    censored: options.censored?.mixtures.length ?? 0,
    distinctMixtures: folds.distinct,
    folds: folds.count,
    seed: options.seed,
    outOfFold: scores,
    // The mean of the other folds differs a little from fold to fold; the order that makes is no prediction.
    baseline: { ...mean, spearman: null },
    signal: testSignal(scores.spearman, folds.distinct, scores.r2 === null, model.members.length),
    coverage: measureCoverage(residuals, errors, folds),
    members: model.members.map((m) => ({ model: m.surrogate.name, weight: m.weight, outOfFold: m.scores })),
    learningCurve: curve,
    importance,
    worstPredicted: worstPredicted(losses, outOfFold, standardised).map((w) => ({ ...w, row: rowsUsed[w.row]! })),
    outliers: findOutliers(standardised).map((r) => rowsUsed[r]!),
    replicates: measureReplicates(mixtures, losses),
    trainingRmse: fitted.residual,
    converged: fitted.converged,
    reason: fitted.reason,
    warnings: model.warnings,
  };
  const outOfFoldErrors = Float64Array.from(outOfFold, (_, r) =>
    errors ? calibration.scale * Math.max(errors[r]!, calibration.floor) : calibration.scale,
  );
  const whole = narrowed(calibration, currentExponent(curve), inFold / losses.length);
  return new FittedTarget(fitted, diagnostics, whole, outOfFold, outOfFoldErrors, rowsUsed);
}

/** The surrogates asked for with the experts' losses as inputs; `auto` also weighs those losses alone. */
function withExperts(model: string, experts: readonly ExpertTable[]): Surrogate[] {
  const fed = surrogatesFor(model).map((surrogate) => withExpertFeatures(surrogate, experts));
  return model === 'auto' ? [...fed, withExpertFeatures(linear, experts, 'features')] : fed;
}

/** Fits the rows at `rowsUsed`, all of them finite; the others are left out. */
function fitRows(
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  options: FitTargetOptions,
  rowsUsed: readonly number[],
): FittedTarget {
  const model = options.model ?? 'auto';
  if (options.parameters && model === 'auto') {
    throw new InvalidInputError('PARAMETER_UNKNOWN', 'parameters belong to one surrogate; name it instead of "auto"', {
      argument: 'parameters',
      allowed: 'a named model',
    });
  }
  const { experts = [], censored } = options;
  const plain = experts.length > 0 ? withExperts(model, experts) : surrogatesFor(model);
  const asked = censored?.mixtures.length ? plain.map((surrogate) => withCensoredRows(surrogate, censored)) : plain;
  const rows = rowsUsed.map((r) => mixtures[r]!);
  const values = Float64Array.from(rowsUsed, (r) => losses[r]!);
  const folds = assignFolds(rows, options.folds ?? 5, options.seed);
  const { parameters, onStep } = options;
  const fitted = fitCandidates(asked, rows, values, folds, { model, parameters, onStep });
  return diagnose(rows, values, folds, fitted, options, rowsUsed);
}

/**
 * Fits `losses` (n finite values) on `mixtures` (n x m weights) and scores the fit out of fold.
 * Throws TOO_FEW_ROWS, SHAPE, NOT_FINITE, MODEL_UNKNOWN, PARAMETER_UNKNOWN or OUT_OF_RANGE. A constant target is no
 * error: its Spearman and R² are null and its signal absent. A named surrogate that needs more rows than there are
 * gives way to `linear`, and `warnings` says so.
 */
export function fitTarget(mixtures: Mixtures, losses: ArrayLike<number>, options: FitTargetOptions): FittedTarget {
  checkRows(mixtures, losses, MINIMUM_ROWS);
  return fitRows(mixtures, losses, options, [...mixtures.keys()]);
}

export type FittedTargets = Readonly<Record<string, FittedTarget>>;

/**
 * Fits each target on the rows where it is finite: a run that diverged on one target still counts for the others. A
 * target that cannot be fitted, with fewer than 5 finite losses for one, is left out and named in `unfitted`.
 * Throws TARGETS_UNFITTABLE, naming each, where none can be; SHAPE, and what is wrong with the options, as `fitTarget`.
 * @param losses n values per target; NaN, infinity and null mean "not measured or diverged"
 * @param onTarget called before each target's fit
 */
export function fitTargets(
  mixtures: Mixtures,
  losses: Readonly<Record<string, ArrayLike<number | null>>>,
  options: FitTargetsOptions,
  onTarget?: (target: string, done: number, total: number) => void,
): Gathered<FittedTarget> {
  const names = Object.keys(losses);
  const outcomes = names.map((target, done) => {
    onTarget?.(target, done, names.length);
    return [target, orUnfitted(() => fitFiniteRows(mixtures, target, losses[target]!, options))] as const;
  });
  return gatherFits(Object.fromEntries(outcomes));
}

/** Fits `target` on the rows where it is finite. Throws as `fitTarget`. */
export function fitFiniteRows(
  mixtures: Mixtures,
  target: string,
  losses: ArrayLike<number | null>,
  options: FitTargetsOptions,
): FittedTarget {
  const rowsUsed = finiteRows(target, mixtures, losses);
  const { censored: runs, ...rest } = options;
  const censored = censoredRowsOf(target, runs);
  return fitRows(mixtures, losses as ArrayLike<number>, { ...rest, ...(censored && { censored }) }, rowsUsed);
}

function finiteRows(target: string, mixtures: Mixtures, losses: ArrayLike<number | null>): number[] {
  if (losses.length !== mixtures.length) {
    throw new InvalidInputError('SHAPE', `${mixtures.length} mixtures but ${losses.length} losses for "${target}"`, {
      argument: target,
      value: losses.length,
      allowed: `${mixtures.length} values`,
    });
  }
  const rows: number[] = [];
  let largest = 0;
  for (let r = 0; r < losses.length; r++) {
    if (!Number.isFinite(losses[r])) continue;
    rows.push(r);
    largest = Math.max(largest, Math.abs(losses[r]!));
  }
  const had = rows.length === 1 ? '1 finite loss' : `${rows.length} finite losses`;
  if (rows.length < MINIMUM_ROWS) {
    throw new InvalidInputError('TOO_FEW_ROWS', `${had}; at least ${MINIMUM_ROWS} are needed`, {
      argument: target,
      value: rows.length,
      allowed: `[${MINIMUM_ROWS}, inf) rows`,
    });
  }
  if (largest > LARGEST_LOSS) {
    throw new InvalidInputError('LOSSES_TOO_LARGE', `a loss of ${largest}; a fit can hold at most ${LARGEST_LOSS}`, {
      argument: target,
      value: largest,
      allowed: `[-${LARGEST_LOSS}, ${LARGEST_LOSS}]`,
    });
  }
  return rows;
}
