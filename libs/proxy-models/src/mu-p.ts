// Maximal update parametrisation for Adam: the learning rate that is best at one width is best at every width.
//
// Notation: D width, B the base width at which the rate was chosen, m = D / B, d = D / heads, d_B = B / base heads.
//
//                      init deviation          Adam's rate     multiplier in the forward pass
//   embedding, tied    0.5 / sqrt(B)           1               logits x 1/m
//   gains              1 (a constant)          1
//   matrices           1 / sqrt(inputs)        1/m
//   router             1 / (sqrt(D) sqrt(m))   1/m
//   attention scores                                           sqrt(d_B) / d = (1 / sqrt(d)) sqrt(d_B / d)
//
// Source: Yang et al., "Tensor Programs V" (arXiv 2203.03466), Table 8, which is the variant that allows the output
// matrix to be the embedding: its deviation and rate do not depend on width, and 1/m stands in front of the logits. The
// router's outputs are a fixed number of experts, so it is an output matrix; without a multiplier that is Table 3:
// variance 1/D^2 and rate 1/D. Weight decay is decoupled from these rates: every matrix loses rate x weightDecay of
// the run's own rate at each step, whatever its width (Wang & Aitchison, arXiv 2405.13698).
// At m = 1 and d = d_B every factor is exactly 1: muP on and off give the same bits.
//
// What it does not do: carry the rate over depth, batch size or the number of steps.

import type { TransformerParameters } from '#libs/contracts';

export interface MuPScales {
  /** The embedding's deviation is 0.5 / sqrt of this. */
  embeddingWidth: number;
  /** Rate of matrices over the run's rate. */
  hiddenRate: number;
  /** Factor on the router's deviation. */
  router: number;
  /** Factor on the logits. */
  logits: number;
  /** Factor on attention scores, on top of 1 / sqrt(d). */
  attention: number;
}

export function muPScales(
  parameters: Pick<TransformerParameters, 'width' | 'heads' | 'muP' | 'muPBaseWidth' | 'muPBaseHeads'>,
): MuPScales {
  const { width, heads, muP, muPBaseWidth, muPBaseHeads = heads } = parameters;
  if (!muP) return { embeddingWidth: width, hiddenRate: 1, router: 1, logits: 1, attention: 1 };
  const shrink = muPBaseWidth / width;
  return {
    embeddingWidth: muPBaseWidth,
    hiddenRate: shrink,
    router: Math.sqrt(shrink),
    logits: shrink,
    // One quotient of whole numbers, so that it is exactly 1 at the base.
    attention: Math.sqrt((muPBaseWidth * heads) / (muPBaseHeads * width)),
  };
}
