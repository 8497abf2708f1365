import type { FittedTargets } from '#libs/surrogates';
import type { Constraints } from './constraint-input.js';
import type { ObjectiveInput } from './objective.js';
import type { GivenMixture } from './read-baseline.js';

export const optimisers = ['auto', 'simulate', 'exact', 'gradient'] as const;
export type OptimiserName = (typeof optimisers)[number];

export interface ParetoInput {
  /** Weight by target, by group. */
  readonly groups: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Emphases tried between the groups. Default 9 for two groups, more for more. */
  readonly points?: number;
}

export interface ProposeInput extends Constraints {
  readonly domains: readonly string[];
  /** n mixtures of m weights in the order of `domains`. */
  readonly mixtures: readonly ArrayLike<number>[];
  /** n losses per target; NaN, infinity or null where a run diverged or did not measure it. */
  readonly losses: Readonly<Record<string, ArrayLike<number | null>>>;
  /** Fits of the same rows made elsewhere, one per target of `losses`; without them every target is fitted here. */
  readonly fits?: FittedTargets;
  /** Beside `fits`: targets of `losses` that could not be fitted, with the reason. They are in no objective. */
  readonly unfitted?: Readonly<Record<string, string>>;
  /** Token share by domain. Default: from `tokens`, else the mean of the sampled mixtures. */
  readonly prior?: Readonly<Record<string, number>>;
  /** Tokens available by domain. */
  readonly tokens?: Readonly<Record<string, number>>;
  /** Licence by domain, for `excludeLicences`; domains not named have none. */
  readonly licences?: Readonly<Record<string, string>>;
  /** Default: the equal-weighted mean of all targets that could be fitted. */
  readonly objective?: ObjectiveInput;
  readonly pareto?: ParetoInput;
  /** Default "auto". */
  readonly optimiser?: OptimiserName;
  /** "auto" or a surrogate's name. Default "auto". */
  readonly model?: string;
  /** Mixtures simulated. */
  readonly samples?: number;
  /** Best mixtures averaged, out of all samples. */
  readonly top?: number;
  /** Dirichlet strengths of the simulation. Default [1, 4, 16]. */
  readonly strengths?: readonly number[];
  readonly folds?: number;
  /** Default 42. */
  readonly seed?: number;
  /** A mixture to be judged beside natural and uniform: the one in use today. */
  readonly baseline?: GivenMixture;
  /** The runs' own names, in the order of `mixtures`, repeated in the answer. */
  readonly runIds?: readonly (string | number)[];
  /** Hash of the inputs, computed by the caller and carried into the provenance. */
  readonly inputsHash?: string;
  readonly onProgress?: (progress: ProposeProgress) => void;
}

export interface ProposeProgress {
  /** refine: gradient search, trade-off curve and the rest that follows the simulation. */
  readonly phase: 'fit' | 'simulate' | 'refine';
  readonly done: number;
  readonly total: number;
  /** The target being fitted. */
  readonly target?: string;
}
