// A layer of routed experts, dropless: every token meets every expert it chose, whatever the others chose.
//
//   l = normed router [M, E]; chosen, gates = routeTokens(l)
//   rows = the tokens sorted by expert [R = M K]; y = gate(normed[rows] In_e) Out_e, block by block
//   out_m = residual_m + sum_k gates_mk y[slot_mk] (+ the shared experts, which every token visits)
//
// Its backward pass is written out like the rest of the model's: through the gates and, by the auxiliary and z losses,
// through the router (router-gradient.ts). The choice itself is piecewise constant and has no gradient.

import type { Experts, TransformerParameters } from '#libs/contracts';
import type { Backend } from '../../../backend/backend.js';
import type { Tensor } from '../../../backend/operations.js';
import { DenseFeedForward, type DenseTrace } from '../dense-feed-forward.js';
import type { BlockGradient, BlockWeights, FeedForward } from '../feed-forward.js';
import { type Dispatch, dispatchTokens, type Routing, routeTokens } from './route-tokens.js';
import { routerGradient } from './router-gradient.js';

interface ExpertTrace {
  routing: Routing;
  dispatch: Dispatch;
  /** int32 [R]: the token of each row. */
  rows: Tensor;
  /** int32 [M, K]: the rows of each token. */
  slots: Tensor;
  /** The normed input by rows [R, D]. */
  entering: Tensor;
  hidden: Tensor;
  gated: Tensor;
  /** What the experts gave, before its gate [R, D]. */
  leaving: Tensor;
  /** Of the shared experts, if there are any. */
  shared: DenseTrace | undefined;
}

export class ExpertFeedForward implements FeedForward<ExpertTrace> {
  readonly weightNames: readonly string[];
  readonly #shared: DenseFeedForward | undefined;

  /**
   * @param bias [layers * E] added to the router's probabilities for the choice of experts; read at every pass, moved
   * by the trainer. Empty unless balancing is loss-free.
   */
  constructor(
    private readonly backend: Pick<Backend, 'tf' | 'operations'>,
    private readonly parameters: TransformerParameters,
    private readonly settings: Experts,
    private readonly bias: Float32Array,
  ) {
    if (settings.shared > 0) {
      this.#shared = new DenseFeedForward(backend.operations, parameters.mlp, ['sharedIn', 'sharedOut']);
    }
    this.weightNames = ['router', 'expertsIn', 'expertsOut', ...(this.#shared?.weightNames ?? [])];
  }

  forward(normed: Tensor, weights: BlockWeights, residual: Tensor, layer: number) {
    const { tf, operations } = this.backend;
    const { count, topK } = this.settings;
    const bias = this.bias.length > 0 ? this.bias.subarray(layer * count, (layer + 1) * count) : undefined;
    const logits = operations.matMul(normed, weights.router!).dataSync() as Float32Array;
    const routing = routeTokens(logits, count, topK, bias);
    const dispatch = dispatchTokens(routing);
    const rows = tf.tensor1d(dispatch.rows, 'int32');
    const slots = tf.tensor2d(dispatch.slots, [routing.tokens, topK], 'int32');

    const entering = operations.embed(normed, rows);
    const { hidden, gated } = operations.blockMatMulGate(
      this.parameters.mlp,
      entering,
      weights.expertsIn!,
      routing.counts,
    );
    const leaving = operations.blockMatMul(gated, weights.expertsOut!, routing.counts);
    const shared = this.#shared?.forward(normed, weights, residual);
    const gates = tf.tensor2d(routing.gates, [routing.tokens, topK]);
    const out = operations.combineRows(leaving, slots, shared?.out ?? residual, gates);
    return { out, trace: { routing, dispatch, rows, slots, entering, hidden, gated, leaving, shared: shared?.trace } };
  }

  gradient(dout: Tensor, normed: Tensor, weights: BlockWeights, trace: ExpertTrace): BlockGradient {
    const { tf, operations } = this.backend;
    const { routing, dispatch, rows, slots } = trace;
    const { tokens, experts, counts } = routing;

    const products = operations.rowProducts(trace.leaving, dout, rows).dataSync() as Float32Array;
    const dGates = Float32Array.from(dispatch.slots, (row) => products[row]!);
    const scales = new Float32Array(products.length);
    for (const [place, row] of dispatch.slots.entries()) scales[row] = routing.gates[place]!;
    const dLeaving = operations.gatherScaledRows(dout, rows, tf.tensor1d(scales));
    const expertsOut = operations.blockMatMulTransposedA(trace.gated, dLeaving, counts);
    const dHidden = operations.blockMatMulGateGradient(
      this.parameters.mlp,
      dLeaving,
      weights.expertsOut!,
      trace.hidden,
      counts,
    );
    const expertsIn = operations.blockMatMulTransposedA(trace.entering, dHidden, counts);
    const dEntering = operations.blockMatMulTransposedB(dHidden, weights.expertsIn!, counts);

    const microBatchTokens = this.settings.microBatchSequences * this.parameters.contextLength;
    const dLogits = tf.tensor2d(routerGradient(routing, dGates, this.settings, microBatchTokens), [tokens, experts]);
    const router = operations.matMulTransposedA(normed, dLogits);
    const shared = trace.shared && this.#shared?.gradient(dout, normed, weights, trace.shared);
    const dAround = operations.matMul(dLogits, tf.transpose(weights.router!), shared?.dNormed);
    return {
      dNormed: operations.combineRows(dEntering, slots, dAround),
      gradients: { router, expertsIn, expertsOut, ...shared?.gradients },
    };
  }

  loads({ routing }: ExpertTrace): readonly number[] {
    return routing.counts;
  }
}
