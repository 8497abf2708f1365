import { createRandom } from '#libs/simplex';
import type { Mixtures } from '#libs/surrogates';
import { BOOTSTRAP_STREAM, drawClusters, drawPrior, type LawPrediction, predictionOf, spreadOf } from './bootstrap.js';
import { fitScaleLaw, PRIOR_ALPHA, PRIOR_BETA, type ScaleLawFit, type ScaleLawOptions } from './fit-scale-law.js';
import type { ScaleRows } from './scale-rows.js';

/** Enough for a bootstrap refit that starts at the fit: it moves little. */
const REFIT_ITERATIONS = 200;

export interface ScaleLawReplicates {
  readonly fit: ScaleLawFit;
  readonly replicates: readonly ScaleLawFit[];
  /**
   * One prediction per mixture at (N, D), of a new run: spread of the replicates and the residual error.
   * @param heldOut error measured on held-out scales, already stretched to this distance; 0 when none was measured
   */
  predict(mixtures: Mixtures, size: number, tokens: number, heldOut?: number): LawPrediction[];
}

/** Refits the law `count` times to mixtures drawn with replacement and priors drawn anew (bootstrap.ts). */
export function bootstrapScaleLaw(
  rows: ScaleRows,
  fit: ScaleLawFit,
  options: ScaleLawOptions,
  count: number,
): ScaleLawReplicates {
  const random = createRandom(options.seed ?? 42, BOOTSTRAP_STREAM);
  const centre = options.prior ?? { alpha: PRIOR_ALPHA, beta: PRIOR_BETA };
  const replicates = Array.from({ length: count }, () => {
    const drawn = drawClusters(random, rows.mixtures.length);
    const prior = { alpha: drawPrior(random, centre.alpha), beta: drawPrior(random, centre.beta) };
    const counts = Float64Array.from(rows.mixtureOf, (u) => drawn[u]!);
    return fitScaleLaw(rows, { ...options, prior, counts, warmStart: fit, maxIterations: REFIT_ITERATIONS });
  });
  return {
    fit,
    replicates,
    predict(mixtures, size, tokens, heldOut = 0) {
      const means = fit.predict(mixtures, size, tokens);
      const spread = spreadOf(replicates.map((replicate) => replicate.predict(mixtures, size, tokens)));
      return Array.from(means, (mean, i) => predictionOf(mean, spread[i]!, fit.residual, heldOut));
    },
  };
}
