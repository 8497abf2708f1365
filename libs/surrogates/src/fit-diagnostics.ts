import type { Coverage } from './calibration.js';
import type { DomainImportance } from './diagnostics/importance.js';
import type { LearningCurve } from './diagnostics/learning-curve.js';
import type { JudgedRow, Replicates } from './diagnostics/suspect-rows.js';
import type { Scores } from './scores.js';
import type { Signal } from './signal.js';

/** What a reader needs to trust a fit or not; plain JSON, nothing of it judged on rows that the fit had seen. */
export interface FitDiagnostics {
  /** What was fitted: "auto", or the surrogate's name. */
  readonly model: string;
  readonly why: string;
  readonly rows: number;
  /** Rows of runs that were stopped early: the fit has learnt from them, and no figure here is of them. */
  readonly censored: number;
  readonly distinctMixtures: number;
  readonly folds: number;
  readonly seed: number;
  readonly outOfFold: Scores;
  /** The same scores of predicting the mean of the other folds. */
  readonly baseline: Scores;
  readonly signal: Signal;
  /** Measured coverage of the 50% and 90% intervals, on rows that had no part in them. */
  readonly coverage: Coverage;
  /** What the model consists of, with each part's own out-of-fold scores. */
  readonly members: readonly { readonly model: string; readonly weight: number; readonly outOfFold: Scores }[];
  readonly learningCurve: LearningCurve;
  /** One entry per domain, in order. */
  readonly importance: readonly DomainImportance[];
  readonly worstPredicted: readonly JudgedRow[];
  /** Rows whose error the others' spread does not explain. */
  readonly outliers: readonly number[];
  /** Noise between runs of one mixture; null where none was repeated. */
  readonly replicates: Replicates | null;
  /** RMSE on the rows fitted, to be read against the out-of-fold RMSE. */
  readonly trainingRmse: number;
  readonly converged: boolean;
  readonly reason: string;
  /** What could not be done as asked, and what was done instead. */
  readonly warnings: readonly string[];
}
