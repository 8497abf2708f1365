import type { Experts } from '#libs/contracts';
import type { Routing } from './route-tokens.js';

// The gradient of a layer's router logits l [M, E], of three parts:
//
//   gates      K > 1: g = softmax over the chosen logits, dl_k = g_k (dg_k - sum_j g_j dg_j);  K = 1: g = s
//   auxiliary  L = alpha E sum_i f_i P_i: f_i the share of the choices that fell on expert i, held constant, P_i the
//              mean of s_i. Counted over the whole batch (global-batch), or over each micro-batch and then averaged,
//              a micro-batch weighing as many tokens as it has. f sums to 1, so L is alpha where both are uniform, for
//              every K.
//   z          L = weight mean(logsumexp(l)^2)
//
// s depends on all logits of its token: ds becomes dl_i = s_i (ds_i - sum_j s_j ds_j).
// Reference: Fedus et al. 2021 (auxiliary); Qiu et al., Demons in the Detail, 2025 (global batch); Zoph et al.,
// ST-MoE, 2022 (z-loss).

/** @param dGates [M, K] @param microBatchTokens tokens of a micro-batch @returns [M, E] */
export function routerGradient(
  routing: Routing,
  dGates: Float32Array,
  settings: Experts,
  microBatchTokens: number,
): Float32Array {
  const { tokens, experts, topK, probabilities, logsums, chosen, gates } = routing;
  const { balancing, scope, auxiliaryWeight, zLossWeight } = settings;
  const gradient = new Float32Array(tokens * experts);
  const slopes = new Float64Array(experts);
  const group = scope === 'micro-batch' ? microBatchTokens : tokens;
  const pull = balancing === 'auxiliary' ? (auxiliaryWeight * experts) / tokens : 0;

  for (let first = 0; first < tokens; first += group) {
    const last = Math.min(tokens, first + group);
    const shares = sharesOfChoices(chosen.subarray(first * topK, last * topK), experts);
    for (let m = first; m < last; m++) {
      const own = chosen.subarray(m * topK, (m + 1) * topK);
      for (let i = 0; i < experts; i++) slopes[i] = pull * shares[i]!;
      if (topK === 1) slopes[own[0]!]! += dGates[m]!;
      const zSlope = (2 * zLossWeight * logsums[m]!) / tokens;
      let mean = 0;
      for (let i = 0; i < experts; i++) mean += probabilities[m * experts + i]! * slopes[i]!;
      for (let i = 0; i < experts; i++) {
        gradient[m * experts + i] = probabilities[m * experts + i]! * (slopes[i]! - mean + zSlope);
      }
      if (topK === 1) continue;
      let gateMean = 0;
      for (let k = 0; k < topK; k++) gateMean += gates[m * topK + k]! * dGates[m * topK + k]!;
      for (const [k, expert] of own.entries()) {
        gradient[m * experts + expert]! += gates[m * topK + k]! * (dGates[m * topK + k]! - gateMean);
      }
    }
  }
  return gradient;
}

function sharesOfChoices(chosen: Int32Array, experts: number): Float64Array {
  const shares = new Float64Array(experts);
  for (const expert of chosen) shares[expert]! += 1 / chosen.length;
  return shares;
}
