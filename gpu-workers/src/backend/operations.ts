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
export interface Operations extends ExpertOperations {
  /** The elements of a flat vector from `offset` on, as a tensor of `shape`. */
  section(flat: Tensor, offset: number, shape: number[]): Tensor;
  /** The elements of all tensors, one tensor after the other, as one vector. */
  flatten(tensors: readonly Tensor[]): Tensor;
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
  /**
   * hidden = [M, K] x [K, N], and its gate. swiglu: silu(first half) * second half of each row, [M, N / 2]; relu2:
   * max(hidden, 0)^2, [M, N].
   */
  matMulGate(kind: Gate, a: Tensor, b: Tensor): { hidden: Tensor; gated: Tensor };
  /** The gradient of `hidden`, when gated x b had the gradient dout: dout [M, K], b [F, K], hidden as matMulGate gave it. */
  matMulGateGradient(kind: Gate, dout: Tensor, b: Tensor, hidden: Tensor): Tensor;
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
  /**
   * AdamW on flat vectors, gradient clipped by its global norm first. decay [n] holds each parameter's coefficient,
   * rates [n] its factor on Adam's step, which the decay does not have.
   */
  adamW(
    state: AdamWState,
    gradient: Tensor,
    decay: Tensor,
    settings: AdamWSettings,
    rates?: Tensor,
  ): AdamWState & { gradientNorm: Tensor };
}

/**
 * What a layer of routed experts needs beside the transformer's operations. Its rows are tokens sorted by expert, a
 * block of rows for each expert: `counts` gives the blocks' lengths, zeros among them, and sums to R. Nothing is
 * dropped or padded. M tokens, K experts for each, R = M K rows, D width, E experts.
 *
 * Sums over a token's experts run in the order of its slots, never by atomic additions: same inputs, same bits.
 * Indices are the caller's promise: a kernel does not check them.
 */
export interface ExpertOperations {
  /** Row r is row rows[r] (int32 [R]) of x [M, D] times scales[r] ([R]). */
  gatherScaledRows(x: Tensor, rows: Tensor, scales: Tensor): Tensor;
  /** base [M, D], to row m of which row slots[m, k] (int32 [M, K]) of y [R, D] is added, times scales[m, k] if given. */
  combineRows(y: Tensor, slots: Tensor, base: Tensor, scales?: Tensor): Tensor;
  /** [R]: row r of y [R, D] times row rows[r] (int32 [R]) of x [M, D]. */
  rowProducts(y: Tensor, x: Tensor, rows: Tensor): Tensor;
  /** matMulGate of each block of a [R, K] with its expert's matrix of b [E, K, N]. */
  blockMatMulGate(kind: Gate, a: Tensor, b: Tensor, counts: readonly number[]): { hidden: Tensor; gated: Tensor };
  /** matMulGateGradient of each block of dout [R, K] and hidden, b [E, F, K]. */
  blockMatMulGateGradient(kind: Gate, dout: Tensor, b: Tensor, hidden: Tensor, counts: readonly number[]): Tensor;
  /** matMul of each block of a [R, K] with its expert's matrix of b [E, K, N]. */
  blockMatMul(a: Tensor, b: Tensor, counts: readonly number[]): Tensor;
  /** matMulTransposedB of each block of a [R, K] with its expert's matrix of b [E, N, K]. */
  blockMatMulTransposedB(a: Tensor, b: Tensor, counts: readonly number[]): Tensor;
  /** [E, M, N]: matMulTransposedA of the blocks of a [R, M] and b [R, N]; zeros for an expert without rows. */
  blockMatMulTransposedA(a: Tensor, b: Tensor, counts: readonly number[]): Tensor;
}

/** Added to the mean square before the root in rmsNorm. */
export const rmsNormEpsilon = 1e-5;
