// Gives any surrogate the losses of the experts' mixtures (expert-table.ts) as further inputs.
// A feature is moved from [least − range, greatest + range] of the rows of the fit to [0, 1], and held there: the
// bases were made for weights, some take square roots, and none should extrapolate far along a feature.
import { InvalidInputError } from '#libs/simplex';
import { checkMixtures, checkRows } from '../check-rows.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateState } from '../surrogate.js';
import { type ExpertTable, expertLoss } from './expert-table.js';

/** What the base sees: the weights followed by the features, or the features alone. */
export type ExpertInputs = 'weights-and-features' | 'features';

const SUFFIX = '+experts';
const SUFFIX_ALONE = '+experts-only';

export interface ExpertState extends SurrogateState {
  readonly base: string;
  readonly baseState: SurrogateState;
  readonly tables: readonly ExpertTable[];
  readonly inputs: ExpertInputs;
  /** Lower end and width of each feature's interval. */
  readonly scales: readonly { readonly from: number; readonly width: number }[];
}

/** Whether a surrogate's name is one that `withExpertFeatures` gives. */
export function isWithExperts(name: string): boolean {
  return name.endsWith(SUFFIX) || name.endsWith(SUFFIX_ALONE);
}

function inputRows(
  mixtures: Mixtures,
  losses: readonly ((mixture: ArrayLike<number>) => number)[],
  { scales, inputs }: Pick<ExpertState, 'scales' | 'inputs'>,
): Float64Array[] {
  return mixtures.map((mixture) => {
    const features = losses.map((loss, k) =>
      Math.max(0, Math.min(1, (loss(mixture) - scales[k]!.from) / scales[k]!.width)),
    );
    return Float64Array.from(inputs === 'features' ? features : [...Array.from(mixture), ...features]);
  });
}

function present(name: string, fitted: FittedSurrogate, state: ExpertState): FittedSurrogate {
  const losses = state.tables.map(expertLoss);
  const domains = state.tables[0]!.domains;
  const rows = (mixtures: Mixtures) => {
    checkMixtures(mixtures, domains);
    return inputRows(mixtures, losses, state);
  };
  return {
    ...fitted,
    name,
    predict: (mixtures) => fitted.predict(rows(mixtures)),
    standardErrors: (mixtures) => fitted.standardErrors(rows(mixtures)),
    describe: () => ({
      inputs: state.inputs,
      features: state.scales.map(({ from, width }, k) => ({
        rows: state.tables[k]!.logProbabilities.length,
        least: from + width / 3,
        greatest: from + (2 * width) / 3,
      })),
      base: fitted.describe(),
    }),
    state: () => state,
  };
}

/**
 * `base` with the experts' losses as further inputs: one feature per table, so that the tables of several targets may
 * help to predict one. With `inputs` "features" the base sees nothing else: with "linear" as base that is the experts'
 * loss alone as predictor, up to scale and offset. Throws SHAPE when the tables differ in their domains.
 */
export function withExpertFeatures(
  base: Surrogate,
  tables: readonly ExpertTable[],
  inputs: ExpertInputs = 'weights-and-features',
): Surrogate {
  const domains = tables[0]?.domains ?? 0;
  if (domains < 1 || tables.some((table) => table.domains !== domains)) {
    throw new InvalidInputError('SHAPE', 'expert tables must be given, all with the same domains', {
      argument: 'tables',
      value: tables.map((table) => table.domains),
      allowed: 'at least one table, each with one column per domain',
    });
  }
  const name = `${base.name}${inputs === 'features' ? SUFFIX_ALONE : SUFFIX}`;
  const losses = tables.map(expertLoss);
  return {
    name,
    summary: `${base.summary}; with the losses of mixtures of per-domain experts as inputs`,
    parameters: base.parameters,
    fit(mixtures, targets, given, warmStart) {
      checkRows(mixtures, targets, 1);
      checkMixtures(mixtures, domains);
      const scales = losses.map((loss) => {
        const values = mixtures.map(loss);
        const least = values.reduce((a, b) => Math.min(a, b));
        const range = Math.max(values.reduce((a, b) => Math.max(a, b)) - least, 1e-9);
        return { from: least - range, width: 3 * range };
      });
      const warm = (warmStart as ExpertState | undefined)?.baseState;
      const fitted = base.fit(inputRows(mixtures, losses, { scales, inputs }), targets, given, warm);
      return present(name, fitted, { base: base.name, baseState: fitted.state(), tables, inputs, scales });
    },
    restore: (state) => restoreWithExperts(name, state, (_, inner) => base.restore(inner)),
  };
}

/** Rebuilds a fit of `withExpertFeatures`; `restoreBase` rebuilds its base by name. */
export function restoreWithExperts(
  name: string,
  state: SurrogateState,
  restoreBase: (name: string, state: SurrogateState) => FittedSurrogate,
): FittedSurrogate {
  const given = state as ExpertState;
  return present(name, restoreBase(given.base, given.baseState), given);
}
