// Predictions of the objective from the fits of its targets, with intervals.
//   f_t, s_t  mean and standard error of target t at a mixture;  e_t  its out-of-fold errors;  v_t  its share
//   weighted mean  F = sum_t v_t f_t,  s^2 = sum_tu v_t v_u rho_tu s_t s_u,  rho_tu the correlation of e_t / s_t with
//                  e_u / s_u over the rows that have both: targets missed together do not average out
//   worst case     F = max_t v_t f_t, s the largest v_t s_t among the targets that one standard error brings to F: an
//                  optimum is where several tie, and any of them may turn out to be the worst
// Both s and the intervals are then calibrated on the objective's own out-of-fold errors, as the targets' are
// (normalised conformal). What is minimised is F + kappa s + price of repetition + lambda KL(p || natural); the first
// three together are called `base`, and with the last `penalised`.
import type { FittedSurrogate, FittedTargets, Mixtures, TargetPrediction } from '#libs/surrogates';
import { conformalHalfWidth } from './conformal.js';
import { correlateErrors } from './error-correlation.js';
import { klDivergence } from './kl-divergence.js';
import { evaluateObjective, type Objective, objectiveShares } from './objective.js';
import type { LossEstimate } from './proposal-document.js';

/** What repetition does to a mixture that is to be predicted. */
export interface RepetitionPricing {
  /** p'_i proportional to the effective tokens D'_i. */
  effectiveMixture(p: ArrayLike<number>): Float64Array;
  /** Loss added for the tokens that repetition is not worth, nats. */
  price(p: ArrayLike<number>): number;
}

interface Interval {
  readonly scale: number;
  readonly half50: number | null;
  readonly half90: number | null;
}

export class ObjectiveModel {
  readonly targets: readonly string[];
  private readonly shares: readonly number[];
  private readonly correlation: readonly Float64Array[];
  private readonly interval: Interval;
  private readonly constants: Readonly<Record<string, LossEstimate>>;
  /** Out-of-fold prediction of the objective minus the measured one, NaN where a target was not measured. */
  readonly residuals: Float64Array;

  /**
   * @param losses as measured, by target; a target without signal is predicted by their mean
   * @param prior natural mixture, for the KL penalty
   */
  constructor(
    private readonly fits: FittedTargets,
    readonly objective: Objective,
    losses: Readonly<Record<string, ArrayLike<number | null>>>,
    private readonly prior: readonly number[],
    private readonly pricing: RepetitionPricing | null,
  ) {
    this.targets = Object.keys(objective.targets);
    this.shares = objectiveShares(objective);
    this.constants = Object.fromEntries(
      // Fits of targets that were not asked for are no fault.
      Object.keys(losses).map((target) => [
        target,
        constantEstimate(fits[target]!.rowsUsed.map((r) => losses[target]![r]!)),
      ]),
    );
    const rows = losses[this.targets[0]!]!.length;
    const measured = this.targets.map((target) => spread(rows, fits[target]!.rowsUsed, (_, r) => losses[target]![r]!));
    const means = this.targets.map((target) =>
      spread(rows, fits[target]!.rowsUsed, (k) =>
        this.trusted(target) ? fits[target]!.outOfFold[k]! : this.constants[target]!.mean,
      ),
    );
    const errors = this.targets.map((target) =>
      spread(rows, fits[target]!.rowsUsed, (k) =>
        this.trusted(target) ? fits[target]!.outOfFoldErrors[k]! : this.constants[target]!.standardError!,
      ),
    );
    this.correlation = correlateErrors(means, measured, errors);
    const byTarget = (columns: readonly Float64Array[]) =>
      Object.fromEntries(this.targets.map((target, t) => [target, columns[t]!]));
    const predicted = evaluateObjective(objective, byTarget(means));
    const actual = evaluateObjective(objective, byTarget(measured));
    // A maximum over targets of which one is missing is no maximum, and NaN does not spread through Math.max alone.
    this.residuals = predicted.map((p, r) =>
      measured.every((m) => Number.isFinite(m[r]!)) ? p - actual[r]! : Number.NaN,
    );
    const combined = this.combineErrors(means, errors);
    const normalised = Float64Array.from(this.residuals, (e, r) =>
      combined[r]! > 0 ? e / combined[r]! : e === 0 ? 0 : Number.NaN,
    ).filter(Number.isFinite);
    let squares = 0;
    for (const z of normalised) squares += z * z;
    this.interval = {
      scale: normalised.length > 0 ? Math.sqrt(squares / normalised.length) : 1,
      half50: conformalHalfWidth(normalised, 0.5),
      half90: conformalHalfWidth(normalised, 0.9),
    };
  }

  private trusted(target: string): boolean {
    return this.fits[target]!.diagnostics.signal.present;
  }

  /** Whether any target of the objective carries signal: without one there is nothing to optimise. */
  get hasSignal(): boolean {
    return this.targets.some((target) => this.trusted(target));
  }

  /** What stands in for a target without signal; null where the fit predicts. */
  constantOf(target: string): number | null {
    return this.trusted(target) ? null : this.constants[target]!.mean;
  }

  surrogateOf(target: string): FittedSurrogate {
    return this.fits[target]!.surrogate;
  }

  /** Mean loss of one target per mixture; its observed mean where the fit has no signal. */
  mean(target: string, rows: Mixtures): Float64Array {
    return this.trusted(target)
      ? this.fits[target]!.surrogate.predict(rows)
      : new Float64Array(rows.length).fill(this.constants[target]!.mean);
  }

  /** F per mixture. */
  combined(rows: Mixtures): Float64Array {
    return evaluateObjective(
      this.objective,
      Object.fromEntries(this.targets.map((target) => [target, this.mean(target, rows)])),
    );
  }

  /** F + kappa s + price of repetition per mixture. */
  base(rows: Mixtures): Float64Array {
    const { pricing } = this;
    const { uncertainty, repetition } = this.objective;
    const seen = repetition && pricing ? rows.map((row) => pricing.effectiveMixture(row)) : rows;
    const values = uncertainty > 0 ? this.cautious(seen, uncertainty) : this.combined(seen);
    return repetition && pricing ? values.map((value, r) => value + pricing.price(rows[r]!)) : values;
  }

  private cautious(rows: Mixtures, kappa: number): Float64Array {
    const estimates = this.estimate(rows);
    return Float64Array.from(estimates, ({ mean, standardError }) => mean + kappa * (standardError ?? 0));
  }

  klPenalty(row: ArrayLike<number>, strength = this.objective.klStrength): number {
    return strength > 0 ? strength * klDivergence(row, this.prior) : 0;
  }

  /** What is minimised, per mixture. */
  penalised(rows: Mixtures, strength = this.objective.klStrength): Float64Array {
    return this.base(rows).map((value, r) => value + this.klPenalty(rows[r]!, strength));
  }

  /** Any fitted target per mixture, with intervals. */
  estimateTarget(target: string, rows: Mixtures): LossEstimate[] {
    if (!this.trusted(target)) return rows.map(() => this.constants[target]!);
    const { mean, standardError, ...bounds } = this.fits[target]!.predict(rows);
    return rows.map((_, r) => ({
      mean: mean[r]!,
      standardError: standardError[r]!,
      lower50: bounds.lower50?.[r] ?? null,
      upper50: bounds.upper50?.[r] ?? null,
      lower90: bounds.lower90?.[r] ?? null,
      upper90: bounds.upper90?.[r] ?? null,
      signal: true,
    }));
  }

  /** F per mixture, with intervals. */
  estimate(rows: Mixtures): LossEstimate[] {
    const predictions = this.targets.map((target): Pick<TargetPrediction, 'mean' | 'standardError'> => {
      if (this.trusted(target)) return this.fits[target]!.predict(rows);
      const { mean, standardError } = this.constants[target]!;
      const fill = (value: number) => new Float64Array(rows.length).fill(value);
      return { mean: fill(mean), standardError: fill(standardError!) };
    });
    const means = predictions.map(({ mean }) => mean);
    const combined = evaluateObjective(
      this.objective,
      Object.fromEntries(this.targets.map((target, t) => [target, means[t]!])),
    );
    const errors = this.combineErrors(
      means,
      predictions.map(({ standardError }) => standardError),
    );
    const { scale, half50, half90 } = this.interval;
    return Array.from(combined, (mean, r) => {
      const bound = (half: number | null) => (half === null ? null : mean + half * errors[r]!);
      return {
        mean,
        standardError: scale * errors[r]!,
        lower50: bound(half50 === null ? null : -half50),
        upper50: bound(half50),
        lower90: bound(half90 === null ? null : -half90),
        upper90: bound(half90),
        signal: this.hasSignal,
      };
    });
  }

  /** s per row, before its calibration. */
  private combineErrors(means: readonly Float64Array[], errors: readonly Float64Array[]): Float64Array {
    const { shares, correlation } = this;
    const worst = this.objective.combine === 'worst-case';
    return Float64Array.from(means[0]!, (_, r) => {
      if (worst) {
        let largest = -Infinity;
        for (let t = 0; t < shares.length; t++) largest = Math.max(largest, shares[t]! * means[t]![r]!);
        let error = 0;
        for (let t = 0; t < shares.length; t++) {
          const own = shares[t]! * errors[t]![r]!;
          if (shares[t]! * means[t]![r]! + own >= largest) error = Math.max(error, own);
        }
        return error;
      }
      let square = 0;
      for (let t = 0; t < shares.length; t++) {
        for (let u = 0; u < shares.length; u++) {
          square += shares[t]! * shares[u]! * correlation[t]![u]! * errors[t]![r]! * errors[u]![r]!;
        }
      }
      return Math.sqrt(Math.max(0, square));
    });
  }
}

/** A column over all rows, NaN where `positions` has no entry. */
function spread(rows: number, positions: readonly number[], entry: (k: number, row: number) => number): Float64Array {
  const column = new Float64Array(rows).fill(Number.NaN);
  positions.forEach((row, k) => {
    column[row] = entry(k, row);
  });
  return column;
}

/** What stands in for a prediction where no mixture is told from another: the mean of what was measured. */
function constantEstimate(losses: readonly number[]): LossEstimate {
  const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
  const errors = Float64Array.from(losses, (loss) => loss - mean);
  const standardError = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / Math.max(1, losses.length - 1));
  const [half50, half90] = [conformalHalfWidth(errors, 0.5), conformalHalfWidth(errors, 0.9)];
  return {
    mean,
    standardError,
    lower50: half50 === null ? null : mean - half50,
    upper50: half50 === null ? null : mean + half50,
    lower90: half90 === null ? null : mean - half90,
    upper90: half90 === null ? null : mean + half90,
    signal: false,
  };
}
