import type * as TensorFlow from '@tensorflow/tfjs-core';

export type TensorFlowNamespace = typeof TensorFlow;
export type Tensor = TensorFlow.Tensor;
export type Gate = 'swiglu' | 'relu2';

/** Rotary angles, [T, d / 2] each: the cosine and sine for every position and pair of a head's dimensions. */
export interface Rotation {
  cosines: Tensor;
  sines: Tensor;
}

export interface AttentionShape {
  batch: number;
  length: number;
  heads: number;
}

export interface AdamWState {
  parameters: Tensor;
  firstMoment: Tensor;
  secondMoment: Tensor;
}

export interface AdamWSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Largest allowed global gradient norm. */
  gradientClip: number;
  /** Updates done, this one included: bias correction. */
  update: number;
}

/**
 * What a transformer's training step is made of, each with its gradient written out, so that no tape is recorded and
 * a backend can run each as one kernel. All tensors are float32 unless said; M = batch * length rows, D width,
 * F hidden width of the MLP, V vocabulary.
 *
 * Promises: no input is changed or disposed; the same inputs give the same bits on the same backend. Callers own the
 * outputs (a surrounding tidy frees them). Left out on purpose: dropout, any random number, any change of precision.
 */
export interface Operations {
  /** The elements of a flat vector from `offset` on, as a tensor of `shape`. */
  section(flat: Tensor, offset: number, shape: number[]): Tensor;
  /** [M, K] x [K, N] (+ addend [M, N]). */
  matMul(a: Tensor, b: Tensor, addend?: Tensor): Tensor;
  /** transpose([K, M]) x [K, N]. */
  matMulTransposedA(a: Tensor, b: Tensor): Tensor;
  /** [M, K] x transpose([N, K]). */
  matMulTransposedB(a: Tensor, b: Tensor): Tensor;
  /** Rows of table [V, D] at ids [M] (int32, each below V). */
  embed(table: Tensor, ids: Tensor): Tensor;
  /** base [V, D] with row m of gradient [M, D] added to row ids[m]. */
  embedGradient(gradient: Tensor, ids: Tensor, base: Tensor): Tensor;
  /** x / rms(x) * gain by row; inverse [M] is 1 / rms(x), kept for the gradient. */
  rmsNorm(x: Tensor, gain: Tensor): { y: Tensor; inverse: Tensor };
  /** dx has residual's gradient added: the branch's way around the block. */
  rmsNormGradient(
    dy: Tensor,
    x: Tensor,
    gain: Tensor,
    inverse: Tensor,
    residual?: Tensor,
  ): { dx: Tensor; dgain: Tensor };
  /** swiglu: hidden [M, 2F] -> silu(first half) * second half; relu2: hidden [M, F] -> max(hidden, 0)^2. */
  gate(kind: Gate, hidden: Tensor): Tensor;
  gateGradient(kind: Gate, dout: Tensor, hidden: Tensor): Tensor;
  /** Nats of each target [M] (int32) under logits [M, V]. */
  crossEntropy(logits: Tensor, targets: Tensor): Tensor;
  /** dlogits is the gradient of the mean of losses [M]. */
  crossEntropyGradient(logits: Tensor, targets: Tensor): { losses: Tensor; dlogits: Tensor };
  /** Causal softmax attention over rotated queries and keys. qkv [M, 3D] -> out [M, D]; logsums [batch, heads, T]. */
  attention(qkv: Tensor, rotation: Rotation, shape: AttentionShape): { out: Tensor; logsums: Tensor };
  attentionGradient(
    dout: Tensor,
    qkv: Tensor,
    forward: { out: Tensor; logsums: Tensor },
    rotation: Rotation,
    shape: AttentionShape,
  ): Tensor;
  /** AdamW on flat vectors, gradient clipped by its global norm first; decay [n] holds each parameter's coefficient. */
  adamW(
    state: AdamWState,
    gradient: Tensor,
    decay: Tensor,
    settings: AdamWSettings,
  ): AdamWState & { gradientNorm: Tensor };
}

/** Added to the mean square before the root in rmsNorm. */
export const rmsNormEpsilon = 1e-5;
