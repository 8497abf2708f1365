// Gradient-boosted trees with LightGBM's parameters and defaults: squared error, started at the mean, leaf-wise
// trees on histograms, no subsampling, no early stopping. Reference: Ke et al. 2017; RegMix fits one per validation
// domain with 1000 rounds at rate 0.01. Failure modes: trees cannot extrapolate beyond the sampled mixtures, and
// with few rows a leaf minimum of 20 leaves no split at all.
import { checkMixtures, checkRows, readParameters } from '../check-rows.js';
import type { FittedSurrogate, Mixtures, Surrogate, SurrogateParameters } from '../surrogate.js';
import { binFeatures } from './bin-features.js';
import { type Tree, TreeGrower } from './grow-tree.js';
import { MAX_LEAVES, TreeEnsemble } from './predict-trees.js';

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

function fitGbdt(mixtures: Mixtures, losses: ArrayLike<number>, given?: SurrogateParameters): FittedSurrogate {
  const m = checkRows(mixtures, losses, 1);
  const read = readParameters(parameters, given);
  const n = mixtures.length;
  const minSamplesLeaf = read.minSamplesLeaf ?? defaultMinSamplesLeaf(n);
  const rate = read.learningRate!;
  const grower = new TreeGrower(binFeatures(mixtures, m, read.maxBins!), n, {
    leaves: read.leaves!,
    minRows: Math.max(1, minSamplesLeaf, Math.ceil(read.minSumHessian!)),
    lambda: read.lambda!,
  });
  let start = 0;
  for (let r = 0; r < n; r++) start += losses[r]! / n;
  const gradients = Float64Array.from(losses, (loss) => start - loss);
  const trees: Tree[] = [];
  const importance = new Float64Array(m);
  let exhausted = false;
  while (trees.length < read.rounds!) {
    const tree = grower.grow(gradients);
    if (tree.feature.length === 0) {
      exhausted = true;
      break;
    }
    trees.push(tree);
    for (let leaf = 0; leaf < tree.output.length; leaf++) {
      const step = rate * tree.output[leaf]!;
      for (const row of grower.rowsOfLeaf(leaf)) gradients[row] = gradients[row]! + step;
    }
    for (let s = 0; s < tree.feature.length; s++) {
      const f = tree.feature[s]!;
      importance[f] = importance[f]! + tree.gain[s]!;
    }
  }
  let squared = 0;
  for (const g of gradients) squared += g * g;
  const ensemble = new TreeEnsemble(trees, start, rate, m);
  const totalGain = importance.reduce((a, b) => a + b, 0);
  return {
    name: 'gbdt',
    converged: true,
    reason: exhausted ? `no split improves the fit after ${trees.length} trees` : `${trees.length} trees as asked`,
    iterations: trees.length,
    residual: Math.sqrt(squared / n),
    predict(rows) {
      checkMixtures(rows, m);
      return ensemble.predict(rows);
    },
    describe: () => ({
      ...read,
      minSamplesLeaf,
      trees: trees.length,
      start,
      gainShare: Array.from(importance, (gain) => (totalGain > 0 ? gain / totalGain : 0)),
    }),
  };
}

export const gbdt: Surrogate = {
  name: 'gbdt',
  summary: "gradient-boosted trees with LightGBM's defaults",
  parameters,
  fit: fitGbdt,
};
