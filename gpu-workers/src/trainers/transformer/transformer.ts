// A decoder-only transformer with its backward pass written out.
//
//   x = E[tokens]                                          E [V, D], also the output matrix
//   x = x + Attention(rmsNorm(x) Wqkv) Wo                  per layer; rotary positions, causal
//   x = x + gate(rmsNorm(x) Win) Wout                      per layer; gate = SwiGLU or ReLU^2
//   logits = rmsNorm(x) E^T, loss = mean cross-entropy
//
// Positions are rotary (RoPE), not learned: a proxy trains for a few hundred steps, in which a learned table would
// have to find "the byte before" anew at every position; and there is nothing to initialise or decay.
// The gradient is by hand and not by tape: it runs about 20 kernels a layer, and the stock gradients of matMul and
// gather are slow or missing on the WASM backend.

import type { TransformerParameters } from '#libs/contracts';
import type { Backend } from '../../backend/backend.js';
import type { AttentionShape, Rotation, Tensor } from '../../backend/operations.js';
import type { Batch } from '../../data/training-batches.js';
import { type ParameterSlot, parameterLayout } from './parameter-layout.js';

interface LayerWeights {
  attentionNorm: Tensor;
  qkv: Tensor;
  attentionOut: Tensor;
  mlpNorm: Tensor;
  mlpIn: Tensor;
  mlpOut: Tensor;
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
  hidden: Tensor;
  gated: Tensor;
}
const layerWeightNames = ['attentionNorm', 'qkv', 'attentionOut', 'mlpNorm', 'mlpIn', 'mlpOut'] as const;

export class Transformer {
  readonly layout: readonly ParameterSlot[];
  readonly size: number;
  readonly #rotation: Rotation;

  constructor(
    private readonly backend: Pick<Backend, 'tf' | 'operations'>,
    private readonly parameters: TransformerParameters,
  ) {
    this.layout = parameterLayout(parameters);
    this.size = this.layout.reduce((total, { size }) => total + size, 0);
    this.#rotation = this.#createRotation();
  }

  /** Nats of every target [M], for weights as one flat vector. The caller owns the result. */
  losses(flat: Tensor, batch: Batch): Tensor {
    const { tf, operations } = this.backend;
    return tf.tidy(() => {
      const { logits } = this.#forward(this.#split(flat), batch.inputs);
      return operations.crossEntropy(logits, tf.tensor1d(batch.targets, 'int32'));
    });
  }

  /** Logits [M, V]. The caller owns the result. */
  logits(flat: Tensor, inputs: Int32Array): Tensor {
    return this.backend.tf.tidy(() => this.#forward(this.#split(flat), inputs).logits);
  }

  /** The nats of every target [M], and the flat gradient of their mean. The caller owns both. */
  gradient(flat: Tensor, batch: Batch): { losses: Tensor; gradient: Tensor } {
    const { tf, operations } = this.backend;
    return tf.tidy(() => {
      const weights = this.#split(flat);
      const { logits, traces, last, normed, ids } = this.#forward(weights, batch.inputs);
      const targets = tf.tensor1d(batch.targets, 'int32');
      const { losses, dlogits } = operations.crossEntropyGradient(logits, targets);

      const dOutput = operations.matMulTransposedA(dlogits, normed.y);
      const dNormed = operations.matMul(dlogits, weights.embedding);
      const final = operations.rmsNormGradient(dNormed, last, weights.finalNorm, normed.inverse);
      const gradients: Tensor[] = [final.dgain];
      let dx = final.dx;
      for (let layer = traces.length - 1; layer >= 0; layer--) {
        const back = this.#layerGradient(dx, weights.layers[layer]!, traces[layer]!, batch.inputs.length);
        dx = back.dx;
        gradients.unshift(...layerWeightNames.map((name) => back.gradients[name]));
      }
      gradients.unshift(operations.embedGradient(dx, ids, dOutput));
      return { losses, gradient: tf.concat(gradients.map((tensor) => tf.reshape(tensor, [-1]))) };
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
    const traces = weights.layers.map((layer): LayerTrace => {
      const input = x;
      const attentionNormed = operations.rmsNorm(input, layer.attentionNorm);
      const qkv = operations.matMul(attentionNormed.y, layer.qkv);
      const attention = operations.attention(qkv, this.#rotation, shape);
      const middle = operations.matMul(attention.out, layer.attentionOut, input);
      const mlpNormed = operations.rmsNorm(middle, layer.mlpNorm);
      const hidden = operations.matMul(mlpNormed.y, layer.mlpIn);
      const gated = operations.gate(this.parameters.mlp, hidden);
      x = operations.matMul(gated, layer.mlpOut, middle);
      return { input, attentionNormed, qkv, attention, middle, mlpNormed, hidden, gated };
    });
    const normed = operations.rmsNorm(x, weights.finalNorm);
    const logits = operations.matMulTransposedB(normed.y, weights.embedding);
    return { logits, traces, last: x, normed, ids };
  }

  #layerGradient(dout: Tensor, weights: LayerWeights, trace: LayerTrace, tokens: number) {
    const { operations } = this.backend;
    const mlpOut = operations.matMulTransposedA(trace.gated, dout);
    const dGated = operations.matMulTransposedB(dout, weights.mlpOut);
    const dHidden = operations.gateGradient(this.parameters.mlp, dGated, trace.hidden);
    const mlpIn = operations.matMulTransposedA(trace.mlpNormed.y, dHidden);
    const dMlpNormed = operations.matMulTransposedB(dHidden, weights.mlpIn);
    const mlp = operations.rmsNormGradient(dMlpNormed, trace.middle, weights.mlpNorm, trace.mlpNormed.inverse, dout);

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
      gradients: { attentionNorm: attention.dgain, qkv, attentionOut, mlpNorm: mlp.dgain, mlpIn, mlpOut },
    };
  }

  #split(flat: Tensor): Weights {
    const tensors = new Map<string, Tensor>();
    let offset = 0;
    for (const { name, shape, size } of this.layout) {
      tensors.set(name, this.backend.operations.section(flat, offset, shape));
      offset += size;
    }
    const layers = Array.from(
      { length: this.parameters.layers },
      (_, layer) =>
        Object.fromEntries(layerWeightNames.map((name) => [name, tensors.get(`layer${layer}.${name}`)!])) as never,
    );
    return { embedding: tensors.get('embedding')!, layers, finalNorm: tensors.get('finalNorm')! };
  }

  #shape(tokens: number): AttentionShape {
    const { contextLength, heads } = this.parameters;
    return { batch: tokens / contextLength, length: contextLength, heads };
  }

  /** Angle of position t and pair j: t * 10000^(-2j / d). */
  #createRotation(): Rotation {
    const { contextLength, width, heads } = this.parameters;
    const pairs = width / heads / 2;
    const angles = Array.from({ length: contextLength * pairs }, (_, index) => {
      const [position, pair] = [Math.floor(index / pairs), index % pairs];
      return position * 10_000 ** (-pair / pairs);
    });
    const { tf } = this.backend;
    return {
      cosines: tf.tensor2d(angles.map(Math.cos), [contextLength, pairs]),
      sines: tf.tensor2d(angles.map(Math.sin), [contextLength, pairs]),
    };
  }
}
