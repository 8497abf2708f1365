import type { SurrogateState } from '../surrogate.js';

/** A closed-form law of loss over the simplex with finitely many parameters theta (K of them). */
export interface Law {
  /** K. */
  readonly size: number;
  /** What `value` reads of mixture p, in an array of its own: computed once per row of a fit. */
  prepare(p: ArrayLike<number>): Float64Array;
  /** Loss at a prepared mixture; `gradient` (K values, or null when not wanted) receives d loss / d theta. */
  value(theta: Float64Array, prepared: Float64Array, gradient: Float64Array | null): number;
  /** What the law needs besides theta to be rebuilt, and what `describe` shows: plain JSON. */
  constants(): SurrogateState;
  /** theta in the law's own symbols, by domain position. */
  describe(theta: Float64Array): Record<string, unknown>;
}

/** A law placed on data: where its parameters may lie, where they are pulled to, and where a fit starts. */
export interface LawProblem {
  readonly law: Law;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /**
   * Relative strength of the pull of each parameter towards `centre` (0 for none). It is multiplied by the ridge
   * setting; unit: squared standardised loss per squared unit of the parameter.
   */
  readonly pull: Float64Array;
  readonly centre: Float64Array;
  /** Points to start from; the fit tries the best of them. */
  readonly starts: readonly Float64Array[];
}
