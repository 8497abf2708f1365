import type { Calibration } from './calibration.js';
import type { FitDiagnostics } from './fit-diagnostics.js';
import { restoreSurrogate } from './registry.js';
import type { FittedSurrogate, Mixtures, SurrogateState } from './surrogate.js';

/** Predictions of n mixtures, in the target's unit. */
export interface TargetPrediction {
  readonly mean: Float64Array;
  /** Standard error of a new measurement, calibrated on the out-of-fold errors. */
  readonly standardError: Float64Array;
  /** Bounds of the 50% and 90% intervals of a new measurement; null with too few rows to make one. */
  readonly lower50: Float64Array | null;
  readonly upper50: Float64Array | null;
  readonly lower90: Float64Array | null;
  readonly upper90: Float64Array | null;
}

/** A fitted target as plain JSON: `restoreTarget` predicts the same numbers from it. */
export interface TargetFitRecord {
  readonly model: string;
  readonly state: SurrogateState;
  readonly calibration: Calibration;
  readonly diagnostics: FitDiagnostics;
  readonly outOfFold: readonly number[];
  readonly outOfFoldErrors: readonly number[];
  readonly rowsUsed: readonly number[];
}

/** One target's fit: it predicts with intervals, and knows how far to be trusted. */
export class FittedTarget {
  constructor(
    readonly surrogate: FittedSurrogate,
    readonly diagnostics: FitDiagnostics,
    private readonly calibration: Calibration,
    /** Out-of-fold prediction per row, in the order given. */
    readonly outOfFold: Float64Array,
    /** Calibrated standard error of each of them. */
    readonly outOfFoldErrors: Float64Array,
    /** Positions, in the mixtures given, of the rows it was fitted on, ascending. */
    readonly rowsUsed: readonly number[],
  ) {}

  predict(mixtures: Mixtures): TargetPrediction {
    const { floor, scale, half50, half90 } = this.calibration;
    const mean = this.surrogate.predict(mixtures);
    const own = this.surrogate.standardErrors(mixtures);
    const errors = mean.map((_, r) => (own ? Math.max(own[r]!, floor) : 1));
    const bound = (multiple: number | null, sign: 1 | -1) =>
      multiple === null ? null : mean.map((value, r) => value + sign * multiple * errors[r]!);
    return {
      mean,
      standardError: errors.map((s) => scale * s),
      lower50: bound(half50, -1),
      upper50: bound(half50, 1),
      lower90: bound(half90, -1),
      upper90: bound(half90, 1),
    };
  }

  record(): TargetFitRecord {
    return {
      model: this.surrogate.name,
      state: this.surrogate.state(),
      calibration: this.calibration,
      diagnostics: this.diagnostics,
      outOfFold: Array.from(this.outOfFold),
      outOfFoldErrors: Array.from(this.outOfFoldErrors),
      rowsUsed: this.rowsUsed,
    };
  }
}

export function restoreTarget(record: TargetFitRecord): FittedTarget {
  return new FittedTarget(
    restoreSurrogate(record.model, record.state),
    record.diagnostics,
    record.calibration,
    Float64Array.from(record.outOfFold),
    Float64Array.from(record.outOfFoldErrors),
    record.rowsUsed,
  );
}
