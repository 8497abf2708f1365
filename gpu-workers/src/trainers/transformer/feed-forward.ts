import type { Tensor } from '../../backend/operations.js';

/** A weight of a feed-forward block by its name within the layer. */
export type BlockWeights = Readonly<Record<string, Tensor>>;

export interface BlockGradient {
  /** Of the normed input. */
  dNormed: Tensor;
  gradients: BlockWeights;
}

/**
 * The part of a layer after attention: out = residual + block(normed), one MLP or routed experts. `Trace` is what its
 * backward pass needs of its forward pass beside the input.
 */
export interface FeedForward<Trace> {
  /** In the order of the parameter layout. */
  readonly weightNames: readonly string[];
  /** @param layer counted from 0 */
  forward(normed: Tensor, weights: BlockWeights, residual: Tensor, layer: number): { out: Tensor; trace: Trace };
  /** @param dout gradient of out, and so of the block */
  gradient(dout: Tensor, normed: Tensor, weights: BlockWeights, trace: Trace): BlockGradient;
  /** [E]: tokens that each routed expert got; empty without experts. */
  loads(trace: Trace): readonly number[];
}
