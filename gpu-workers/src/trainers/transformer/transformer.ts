// A decoder-only transformer with its backward pass written out.
//
//   x = E[tokens]                                          E [V, D], also the output matrix
//   x = x + Attention(rmsNorm(x) Wqkv) Wo                  per layer; rotary positions, causal
//   x = x + gate(rmsNorm(x) Win) Wout                      per layer; gate = SwiGLU or ReLU^2, or routed experts
//   logits = rmsNorm(x) E^T, loss = mean cross-entropy
//
// Positions are rotary (RoPE), not learned: a proxy trains for a few hundred steps, in which a learned table would
// have to find "the byte before" anew at every position; and there is nothing to initialise or decay.
// The gradient is by hand and not by tape: it runs about 20 kernels a layer, and the stock gradients of matMul and
// gather are slow or missing on the WASM backend.

import type { TransformerParameters } from '#libs/contracts';
import { muPScales } from '#libs/proxy-models';
import type { Backend } from '../../backend/backend.js';
import type { AttentionShape, Rotation, Tensor } from '../../backend/operations.js';
import type { Batch } from '../../data/training-batches.js';
import { DenseFeedForward } from './dense-feed-forward.js';
import { ExpertFeedForward } from './experts/expert-feed-forward.js';
import type { ExpertLoads } from './experts/expert-loads.js';
import type { FeedForward } from './feed-forward.js';
import { type ParameterSlot, parameterLayout } from './parameter-layout.js';

interface LayerWeights {
  attentionNorm: Tensor;
  qkv: Tensor;
  attentionOut: Tensor;
  mlpNorm: Tensor;
  /** Of the MLP or the experts, by name. */
  block: Record<string, Tensor>;
}
interface Weights {
  embedding: Tensor;
  layers: LayerWeights[];
  finalNorm: Tensor;
}
type Normed = { y: Tensor; inverse: Tensor };
/** What a layer's backward pass needs of its forward pass. */
interface LayerTrace {
  input: Tensor;
  attentionNormed: Normed;
  qkv: Tensor;
  attention: { out: Tensor; logsums: Tensor };
  middle: Tensor;
  mlpNormed: Normed;
  block: unknown;
}
const attentionNames = ['attentionNorm', 'qkv', 'attentionOut', 'mlpNorm'] as const;

export class Transformer {
  readonly layout: readonly ParameterSlot[];
  readonly size: number;
  /**
   * Loss-free balancing alone: [layers * experts], added to router probabilities where experts are chosen. Every pass
   * reads it; the trainer moves it and keeps it with its state.
   */
  readonly routerBias: Float32Array;
  readonly #block: FeedForward<unknown>;
  readonly #rotation: Rotation;

  constructor(
    private readonly backend: Pick<Backend, 'tf' | 'operations'>,
    private readonly parameters: TransformerParameters,
  ) {
    this.layout = parameterLayout(parameters);
    this.size = this.layout.reduce((total, { size }) => total + size, 0);
    const { experts, layers, mlp } = parameters;
    this.routerBias = new Float32Array(experts?.balancing === 'loss-free' ? layers * experts.count : 0);
    this.#block = experts
      ? new ExpertFeedForward(backend, parameters, experts, this.routerBias)
      : new DenseFeedForward(backend.operations, mlp);
    this.#rotation = this.#createRotation();
  }

  /**
   * Nats of every target [M], for weights as one flat vector. The caller owns the result.
   * @param loads the tokens that each layer's routed experts got are added to it
   */
  losses(flat: Tensor, batch: Batch, loads?: ExpertLoads): Tensor {
    const { tf, operations } = this.backend;
    return tf.tidy(() => {
      const { logits, traces } = this.#forward(this.#split(flat), batch.inputs);
      this.#count(traces, loads);
      return operations.crossEntropy(logits, tf.tensor1d(batch.targets, 'int32'));
    });
  }

  /** Logits [M, V]. The caller owns the result. */
  logits(flat: Tensor, inputs: Int32Array): Tensor {
    return this.backend.tf.tidy(() => this.#forward(this.#split(flat), inputs).logits);
  }

  /**
   * The nats of every target [M], and the flat gradient of their mean plus the experts' auxiliary and z losses. The
   * caller owns both. @param loads as in losses
   */
  gradient(flat: Tensor, batch: Batch, loads?: ExpertLoads): { losses: Tensor; gradient: Tensor } {
    const { tf, operations } = this.backend;
    return tf.tidy(() => {
      const weights = this.#split(flat);
      const { logits, traces, last, normed, ids } = this.#forward(weights, batch.inputs);
      this.#count(traces, loads);
      const targets = tf.tensor1d(batch.targets, 'int32');
      const { losses, dlogits } = operations.crossEntropyGradient(logits, targets);

      const dOutput = operations.matMulTransposedA(dlogits, normed.y);
      const dNormed = operations.matMul(dlogits, weights.embedding);
      const final = operations.rmsNormGradient(dNormed, last, weights.finalNorm, normed.inverse);
      const gradients: Tensor[] = [this.#timesLogits(final.dgain)];
      let dx = final.dx;
      for (let layer = traces.length - 1; layer >= 0; layer--) {
        const back = this.#layerGradient(dx, weights.layers[layer]!, traces[layer]!, batch.inputs.length);
        dx = back.dx;
        gradients.unshift(
          ...attentionNames.map((name) => back.gradients[name]),
          ...this.#block.weightNames.map((name) => back.gradients.block[name]!),
        );
      }
      gradients.unshift(operations.embedGradient(dx, ids, dOutput));
      return { losses, gradient: operations.flatten(gradients) };
    });
  }

  dispose(): void {
    this.#rotation.cosines.dispose();
    this.#rotation.sines.dispose();
  }

  #forward(weights: Weights, inputs: Int32Array) {
    const { tf, operations } = this.backend;
    const shape = this.#shape(inputs.length);
    const ids = tf.tensor1d(inputs, 'int32');
    let x = operations.embed(weights.embedding, ids);
    const traces = weights.layers.map((layer, index): LayerTrace => {
      const input = x;
      const attentionNormed = operations.rmsNorm(input, layer.attentionNorm);
      const qkv = operations.matMul(attentionNormed.y, layer.qkv);
      const attention = operations.attention(qkv, this.#rotation, shape);
      const middle = operations.matMul(attention.out, layer.attentionOut, input);
      const mlpNormed = operations.rmsNorm(middle, layer.mlpNorm);
      const block = this.#block.forward(mlpNormed.y, layer.block, middle, index);
      x = block.out;
      return { input, attentionNormed, qkv, attention, middle, mlpNormed, block: block.trace };
    });
    const normed = operations.rmsNorm(x, weights.finalNorm);
    const logits = operations.matMulTransposedB(normed.y, weights.embedding);
    return { logits, traces, last: x, normed, ids };
  }

  #layerGradient(dout: Tensor, weights: LayerWeights, trace: LayerTrace, tokens: number) {
    const { operations } = this.backend;
    const block = this.#block.gradient(dout, trace.mlpNormed.y, weights.block, trace.block);
    const mlp = operations.rmsNormGradient(block.dNormed, trace.middle, weights.mlpNorm, trace.mlpNormed.inverse, dout);

    const attentionOut = operations.matMulTransposedA(trace.attention.out, mlp.dx);
    const dAttention = operations.matMulTransposedB(mlp.dx, weights.attentionOut);
    const shape = this.#shape(tokens);
    const dQkv = operations.attentionGradient(dAttention, trace.qkv, trace.attention, this.#rotation, shape);
    const qkv = operations.matMulTransposedA(trace.attentionNormed.y, dQkv);
    const dNormed = operations.matMulTransposedB(dQkv, weights.qkv);
    const { inverse } = trace.attentionNormed;
    const attention = operations.rmsNormGradient(dNormed, trace.input, weights.attentionNorm, inverse, mlp.dx);
    return {
      dx: attention.dx,
      gradients: { attentionNorm: attention.dgain, qkv, attentionOut, mlpNorm: mlp.dgain, block: block.gradients },
    };
  }

  #count(traces: readonly LayerTrace[], loads: ExpertLoads | undefined): void {
    for (const [layer, { block }] of traces.entries()) {
      loads?.add(layer, this.#block.loads(block));
    }
  }

  #split(flat: Tensor): Weights {
    const tensors = new Map<string, Tensor>();
    let offset = 0;
    for (const { name, shape, size } of this.layout) {
      tensors.set(name, this.backend.operations.section(flat, offset, shape));
      offset += size;
    }
    const layers = Array.from({ length: this.parameters.layers }, (_, layer) => {
      const pick = (names: readonly string[]) =>
        Object.fromEntries(names.map((name) => [name, tensors.get(`layer${layer}.${name}`)!]));
      return { ...pick(attentionNames), block: pick(this.#block.weightNames) } as LayerWeights;
    });
    return { embedding: tensors.get('embedding')!, layers, finalNorm: this.#timesLogits(tensors.get('finalNorm')!) };
  }

  #shape(tokens: number): AttentionShape {
    const { contextLength, heads } = this.parameters;
    return { batch: tokens / contextLength, length: contextLength, heads };
  }

  /** muP's factor on the logits, applied to the gain before them. */
  #timesLogits(gain: Tensor): Tensor {
    const { logits } = muPScales(this.parameters);
    return logits === 1 ? gain : this.backend.tf.mul(gain, logits);
  }

  /** Angle of position t and pair j: t * 10000^(-2j / d). */
  #createRotation(): Rotation {
    const { contextLength, width, heads } = this.parameters;
    const pairs = width / heads / 2;
    const angles = Array.from({ length: contextLength * pairs }, (_, index) => {
      const [position, pair] = [Math.floor(index / pairs), index % pairs];
      return position * 10_000 ** (-pair / pairs);
    });
    // muP's factor on the scores: queries and keys are turned by the same tables, so each carries its root.
    const scale = Math.sqrt(muPScales(this.parameters).attention);
    const table = (of: (angle: number) => number) =>
      this.backend.tf.tensor2d(
        angles.map((angle) => scale * of(angle)),
        [contextLength, pairs],
      );
    return { cosines: table(Math.cos), sines: table(Math.sin) };
  }
}
