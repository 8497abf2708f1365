import type { TransformerParameters } from '#libs/contracts';
import { countParameters, type ModelShape } from './count-parameters.js';

/**
 * Floating-point operations of training on one token, a multiplication and an addition counting as two:
 *
 *   6 (N + V D + L D (T + 1))
 *
 * N entries of the matrices a token meets (of its experts, shared ones and the router, where there are experts), V D the
 * logits, L layers, D width, T context length. The forward pass takes 2 for each entry, the backward pass twice that
 * (Kaplan et al., arXiv 2001.08361, section 2.1). Scores and weighted values of attention take 4 D for each position
 * seen, and under the causal mask (T + 1) / 2 are seen on average: half of what PaLM counts (Chowdhery et al., arXiv
 * 2204.02311, appendix B: 6 N + 12 L H Q T).
 * Not counted: norms, gates, softmaxes, the optimiser, evaluations, and what a kernel computes twice or masks away.
 */
export function trainingFlopsPerToken(parameters: ModelShape & Pick<TransformerParameters, 'contextLength'>): number {
  const { layers, width, contextLength } = parameters;
  const { activeMatrices, embedding } = countParameters(parameters);
  return 6 * (activeMatrices + embedding + layers * width * (contextLength + 1));
}
