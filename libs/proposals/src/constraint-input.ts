/** Bounds on the sum of the weights of some domains. At least one of `min` and `max` is given. */
export interface GroupConstraint {
  readonly name: string;
  readonly domains: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

/** What a proposal must satisfy besides being a mixture: the same JSON in the REST service and on the command line. */
export interface Constraints {
  /** Length of the run the weights are for, in tokens. Default: all the tokens available. Needs `tokens`. */
  readonly targetTokens?: number;
  /** Passes allowed over any domain. Default 4. Needs `tokens` or `prior`. */
  readonly maxEpochs?: number;
  /** Upper bounds on single weights; domains not named are free. */
  readonly caps?: Readonly<Record<string, number>>;
  /** Lower bounds on single weights. */
  readonly minimums?: Readonly<Record<string, number>>;
  /** Weights that are fixed. They must respect every other constraint. */
  readonly pinned?: Readonly<Record<string, number>>;
  readonly groups?: readonly GroupConstraint[];
  /** A weight is 0 or at least this: what a trainer's blocks can resolve. */
  readonly minimumNonzero?: number;
  /** Domains with one of these licences get weight 0. Needs `licences`. */
  readonly excludeLicences?: readonly string[];
  /** Effective over trained tokens of every domain, under the repetition law, in (0, 1]. Needs `tokens` or `prior`. */
  readonly minimumEfficiency?: number;
}
