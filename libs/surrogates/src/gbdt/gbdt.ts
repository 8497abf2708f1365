// Gradient-boosted trees with LightGBM's parameters and defaults: squared error, started at the mean, leaf-wise
// trees on histograms, no subsampling, no early stopping. Reference: Ke et al. 2017; RegMix fits one per validation
// domain with 1000 rounds at rate 0.01. Failure modes: trees cannot extrapolate beyond the sampled mixtures, and
// with few rows a leaf minimum of 20 leaves no split at all.
import { checkMixtures, checkRows, readParameters } from '../check-rows.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateParameters, SurrogateState } from '../surrogate.js';
import { binFeatures } from './bin-features.js';
import { boost } from './boost.js';
import { decodeForest, encodeForest, type Forest, MAX_LEAVES } from './forest.js';
import { ForestPredictor } from './predict-trees.js';

const parameters = {
  rounds: { default: 1000, min: 1, max: 100_000, integer: true, meaning: 'trees' },
  learningRate: { default: 0.01, above: 0, max: 1, meaning: 'shrinkage of each tree' },
  leaves: { default: 31, min: 2, max: MAX_LEAVES, integer: true, meaning: 'most leaves per tree' },
  minSamplesLeaf: {
    default: null,
    min: 1,
    integer: true,
    meaning: 'fewest rows per leaf; by default 20, and with fewer than 200 rows one tenth of them (at least 2)',
  },
  maxBins: { default: 255, min: 2, max: 256, integer: true, meaning: 'most bins per domain' },
  lambda: { default: 0, min: 0, meaning: 'penalty on squared leaf values' },
  minSumHessian: { default: 1e-3, min: 0, meaning: 'smallest sum of hessians (rows, for squared error) in a leaf' },
} as const;

/** LightGBM's 20 rows per leaf, scaled down where so few rows would otherwise leave hardly a split. */
export function defaultMinSamplesLeaf(rows: number): number {
  return Math.min(20, Math.max(2, Math.floor(rows / 10)));
}

/** What a fit is besides its trees; plain JSON. */
interface Summary {
  readonly reason: string;
  readonly residual: number;
  /** The settings used. */
  readonly settings: Readonly<Record<string, number | null>>;
  /** Share of each domain's splits in the total gain. */
  readonly gainShare: readonly number[];
}

function fitGbdt(mixtures: Mixtures, losses: ArrayLike<number>, given?: SurrogateParameters): FittedSurrogate {
  const m = checkRows(mixtures, losses, 1);
  const read = readParameters(parameters, given);
  const n = mixtures.length;
  const settings = { ...read, minSamplesLeaf: read.minSamplesLeaf ?? defaultMinSamplesLeaf(n) };
  const { forest, gains, gradients } = boost(binFeatures(mixtures, m, read.maxBins!), losses, {
    rounds: read.rounds!,
    rate: read.learningRate!,
    leaves: read.leaves!,
    minRows: Math.max(1, settings.minSamplesLeaf, Math.ceil(read.minSumHessian!)),
    lambda: read.lambda!,
  });
  const trees = forest.nodes.length;
  let squared = 0;
  for (const g of gradients) squared += g * g;
  const totalGain = gains.reduce((a, b) => a + b, 0);
  return describeForest(forest, {
    reason: trees < read.rounds! ? `no split improves the fit after ${trees} trees` : `${trees} trees as asked`,
    residual: Math.sqrt(squared / n),
    settings,
    gainShare: Array.from(gains, (gain) => (totalGain > 0 ? gain / totalGain : 0)),
  });
}

function describeForest(forest: Forest, summary: Summary): FittedSurrogate {
  const predictor = new ForestPredictor(forest);
  const trees = forest.nodes.length;
  const { reason, residual, settings, gainShare } = summary;
  return {
    name: 'gbdt',
    converged: true,
    reason,
    iterations: trees,
    residual,
    predict(rows) {
      checkMixtures(rows, forest.bounds.length);
      return predictor.predict(rows);
    },
    standardErrors: () => null,
    describe: () => ({ ...settings, trees, start: forest.start, gainShare: [...gainShare] }),
    state: () => ({ summary, forest: encodeForest(forest) }),
  };
}

function restoreGbdt(state: SurrogateState): FittedSurrogate {
  return describeForest(decodeForest(state.forest as SurrogateState), state.summary as Summary);
}

export const gbdt: Surrogate = {
  name: 'gbdt',
  summary: "gradient-boosted trees with LightGBM's defaults",
  parameters,
  fit: fitGbdt,
  restore: restoreGbdt,
};
