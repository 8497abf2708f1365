/** Rows of domain weights: n mixtures of m weights each. Typed-array rows are welcome. */
export type Mixtures = readonly ArrayLike<number>[];

/** One numeric setting of a surrogate: its default and the interval allowed. */
export interface ParameterSpec {
  /** Null when the default depends on the data; `meaning` says how. */
  readonly default: number | null;
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly integer?: boolean;
  readonly meaning: string;
}

export type SurrogateParameters = Readonly<Record<string, number>>;

/** What `restore` needs to rebuild a fitted surrogate: plain JSON, finite numbers, strings, arrays, objects and null. */
export type SurrogateState = Readonly<Record<string, unknown>>;

/** A fitted surrogate. Running out of iterations is a value here, not an exception. */
export interface FittedSurrogate {
  readonly name: string;
  readonly converged: boolean;
  /** Why fitting ended, in words. */
  readonly reason: string;
  readonly iterations: number;
  /** Root mean squared error on the rows it was fitted on, in the target's unit. */
  readonly residual: number;
  /** What it left out of account, such as rows beyond its capacity. Absent where it used everything. */
  readonly limits?: readonly string[];
  /** Free numbers of a law; with fewer rows than that its penalty decides in part. Absent where nothing is counted. */
  readonly freeParameters?: number;
  /** One predicted loss per mixture. */
  predict(mixtures: Mixtures): Float64Array;
  /**
   * Standard error of a new measurement at each mixture, noise included, in the target's unit; null where the
   * surrogate has no notion of its own. Relative sizes matter most: intervals are calibrated out of fold.
   */
  standardErrors(mixtures: Mixtures): Float64Array | null;
  /** What was fitted, JSON-safe: coefficients or importances by domain position, and the settings used. */
  describe(): Record<string, unknown>;
  /** Everything `restore` needs: the restored surrogate predicts the very same numbers. */
  state(): SurrogateState;
}

/**
 * A model of loss over the simplex. Fitting must be deterministic: the same rows and settings give the same
 * predictions on every machine. To add one, write its folder and one line in `registry.ts`.
 */
export interface Surrogate {
  readonly name: string;
  readonly summary: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /**
   * Throws InvalidInputError on wrong shapes, non-finite input, too few rows or an unknown parameter.
   * @param warmStart state of a fit on similar rows, from which an iterative fit may start and be less exact; what it
   *   converges to must depend on the rows alone, since those similar rows may hold what this fit is judged on
   */
  fit(
    mixtures: Mixtures,
    losses: ArrayLike<number>,
    parameters?: SurrogateParameters,
    warmStart?: SurrogateState,
  ): FittedSurrogate;
  /** Rebuilds a fitted surrogate from its `state()`. */
  restore(state: SurrogateState): FittedSurrogate;
}
