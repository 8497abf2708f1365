/**
 * Loss-free balancing after a batch, in place: b_i += rate * sign(mean load - load_i), layer by layer. An expert with
 * less than its share is chosen more easily from then on. Reference: Wang et al., Auxiliary-Loss-Free Load Balancing
 * Strategy for Mixture-of-Experts, 2024, algorithm 1.
 * @param bias [layers * E] @param loads [layers][E]
 */
export function moveRouterBias(bias: Float32Array, loads: readonly (readonly number[])[], rate: number): void {
  for (const [layer, load] of loads.entries()) {
    const mean = load.reduce((total, count) => total + count, 0) / load.length;
    for (const [expert, count] of load.entries()) bias[layer * load.length + expert]! += rate * Math.sign(mean - count);
  }
}
