import { type HeldOutScores, type LawPrediction, predictionOf, scoreHeldOut } from '#libs/mixing-laws';
import { createRandom, sampleWithoutReplacement } from '#libs/simplex';
import { type FittedSurrogate, type Mixtures, type Surrogate, surrogates } from '#libs/surrogates';
import { UnusableInput } from '../cli.errors.js';

const FOLDS = 5;
const FOLD_STREAM = 21;
/** With fewer mixtures, leaving a fold out would say more about the fold than about the law. */
const MINIMUM_MIXTURES = 5;

export interface MixtureFit {
  readonly fitted: FittedSurrogate;
  /** Every mixture predicted without itself; null with too few mixtures. */
  readonly heldOut: HeldOutScores | null;
  /** Against the mean of the other mixtures. */
  readonly baseline: HeldOutScores | null;
  predict(mixtures: Mixtures, ...errors: number[]): LawPrediction[];
}

export function surrogateFor(name: string): Surrogate {
  const found = surrogates.find((surrogate) => surrogate.name === name);
  if (found) return found;
  throw new UnusableInput(`--model must be one of ${surrogates.map((one) => one.name).join(', ')}; got "${name}"`);
}

/** Fits a surrogate over mixtures, and scores it on folds of mixtures that it has not seen. */
export function fitMixtures(
  surrogate: Surrogate,
  mixtures: Mixtures,
  losses: ArrayLike<number>,
  seed: number,
): MixtureFit {
  const n = losses.length;
  const fitted = surrogate.fit(mixtures, losses);
  let heldOut: HeldOutScores | null = null;
  let baseline: HeldOutScores | null = null;
  if (n >= MINIMUM_MIXTURES) {
    const order = sampleWithoutReplacement(createRandom(seed, FOLD_STREAM), n, n);
    const folds = Math.min(FOLDS, n);
    const predicted = new Float64Array(n);
    const means = new Float64Array(n);
    for (let fold = 0; fold < folds; fold++) {
      const outside = order.filter((_, k) => k % folds === fold);
      const inside = order.filter((_, k) => k % folds !== fold);
      const known = inside.map((r) => losses[r]!);
      const part = surrogate.fit(
        inside.map((r) => mixtures[r]!),
        known,
      );
      const values = part.predict(outside.map((r) => mixtures[r]!));
      const mean = known.reduce((sum, loss) => sum + loss, 0) / known.length;
      outside.forEach((r, k) => {
        predicted[r] = values[k]!;
        means[r] = mean;
      });
    }
    heldOut = scoreHeldOut(predicted, losses);
    // Each fold has a mean of its own: their order says nothing about the mixtures.
    baseline = { ...scoreHeldOut(means, losses), spearman: null };
  }
  return {
    fitted,
    heldOut,
    baseline,
    predict(asked, ...errors) {
      const error = heldOut?.rmse ?? fitted.residual;
      return Array.from(fitted.predict(asked), (mean) => predictionOf(mean, error, ...errors));
    },
  };
}
