import {
  type ExpertOperations,
  type Operations,
  rmsNormEpsilon,
  type Tensor,
  type TensorFlowNamespace,
} from './operations.js';
import { createWasmExpertOperations } from './wasm-expert-operations.js';
import { gatedWidth, packedFloats, padded, panelColumns, shapeOf, tileRows } from './wasm-kernels/kernel-shapes.js';
import { loadWasmKernels } from './wasm-kernels/load-wasm-kernels.js';

/**
 * The operations as the kernels of kernels.c. Throws where loadWasmKernels does; the caller then uses the portable
 * operations.
 */
export async function createWasmOperations(tf: TensorFlowNamespace): Promise<Operations> {
  const run = await loadWasmKernels(tf);

  const operations: Omit<Operations, keyof ExpertOperations> = {
    section(flat, offset, shape) {
      const [n] = shapeOf(flat, 'flat', undefined) as [number];
      const size = tf.util.sizeFromShape(shape);
      if (offset < 0 || offset + size > n) throw new Error(`section ${offset} + ${size} leaves a vector of ${n}`);
      return run('section', { flat }, { out: shape }, 0, (kernel, at) =>
        kernel(size, at('flat') + 4 * offset, at('out')),
      ).out;
    },
    flatten(tensors) {
      const inputs = Object.fromEntries(tensors.map((tensor, index) => [`tensor${index}`, tensor]));
      const size = tensors.reduce((total, tensor) => total + tensor.size, 0);
      return run('section', inputs, { out: [size] }, 0, (kernel, at) => {
        let to = at('out');
        for (const [index, tensor] of tensors.entries()) {
          kernel(tensor.size, at(`tensor${index}`), to);
          to += 4 * tensor.size;
        }
      }).out;
    },
    matMul(a, b, addend) {
      const [M, K] = shapeOf(a, 'a', undefined, undefined) as [number, number];
      const [, N] = shapeOf(b, 'b', K, undefined) as [number, number];
      if (addend) shapeOf(addend, 'addend', M, N);
      return run('matmul', { a, b, addend }, { out: [M, N] }, packedFloats(K, N), (kernel, at, scratch) =>
        kernel(M, N, K, at('a'), at('b'), at('addend'), at('out'), scratch),
      ).out;
    },
    matMulTransposedA(a, b) {
      const [K, M] = shapeOf(a, 'a', undefined, undefined) as [number, number];
      const [, N] = shapeOf(b, 'b', K, undefined) as [number, number];
      return run('matmul_transposed_a', { a, b }, { out: [M, N] }, packedFloats(K, N), (kernel, at, scratch) =>
        kernel(M, N, K, at('a'), at('b'), at('out'), scratch),
      ).out;
    },
    matMulTransposedB(a, b) {
      const [M, K] = shapeOf(a, 'a', undefined, undefined) as [number, number];
      const [N] = shapeOf(b, 'b', undefined, K) as [number, number];
      return run('matmul_transposed_b', { a, b }, { out: [M, N] }, packedFloats(K, N), (kernel, at, scratch) =>
        kernel(M, N, K, at('a'), at('b'), at('out'), scratch),
      ).out;
    },
    embed(table, ids) {
      const [, D] = shapeOf(table, 'table', undefined, undefined) as [number, number];
      const [M] = shapeOf(ids, 'ids', undefined) as [number];
      return run('embed', { table, ids }, { out: [M, D] }, 0, (kernel, at) =>
        kernel(M, D, at('table'), at('ids'), at('out')),
      ).out;
    },
    embedGradient(gradient, ids, base) {
      const [V, D] = shapeOf(base, 'base', undefined, undefined) as [number, number];
      const [M] = shapeOf(gradient, 'gradient', undefined, D) as [number, number];
      shapeOf(ids, 'ids', M);
      return run('embed_gradient', { gradient, ids, base }, { out: [V, D] }, 0, (kernel, at) =>
        kernel(M, V, D, at('gradient'), at('ids'), at('base'), at('out')),
      ).out;
    },
    rmsNorm(x, gain) {
      const [M, D] = shapeOf(x, 'x', undefined, undefined) as [number, number];
      shapeOf(gain, 'gain', D);
      return run('rms_norm', { x, gain }, { y: [M, D], inverse: [M] }, 0, (kernel, at) =>
        kernel(M, D, rmsNormEpsilon, at('x'), at('gain'), at('y'), at('inverse')),
      );
    },
    rmsNormGradient(dy, x, gain, inverse, residual) {
      const [M, D] = shapeOf(x, 'x', undefined, undefined) as [number, number];
      shapeOf(dy, 'dy', M, D);
      shapeOf(gain, 'gain', D);
      shapeOf(inverse, 'inverse', M);
      if (residual) shapeOf(residual, 'residual', M, D);
      const inputs = { dy, x, gain, inverse, residual };
      return run('rms_norm_gradient', inputs, { dx: [M, D], dgain: [D] }, 0, (kernel, at) =>
        kernel(M, D, at('dy'), at('x'), at('gain'), at('inverse'), at('residual'), at('dx'), at('dgain')),
      );
    },
    matMulGate(kind, a, b) {
      const [M, K] = shapeOf(a, 'a', undefined, undefined) as [number, number];
      const [, N] = shapeOf(b, 'b', K, undefined) as [number, number];
      const outputs = { hidden: [M, N], gated: [M, gatedWidth(kind, N)] };
      return run('matmul_gate', { a, b }, outputs, packedFloats(K, N), (kernel, at, scratch) =>
        kernel(Number(kind === 'swiglu'), M, N, K, at('a'), at('b'), at('hidden'), at('gated'), scratch),
      );
    },
    matMulGateGradient(kind, dout, b, hidden) {
      const [M, K] = shapeOf(dout, 'dout', undefined, undefined) as [number, number];
      const [, N] = shapeOf(hidden, 'hidden', M, undefined) as [number, number];
      const F = gatedWidth(kind, N);
      shapeOf(b, 'b', F, K);
      const inputs = { dout, b, hidden };
      return run('matmul_gate_gradient', inputs, { dhidden: [M, N] }, packedFloats(K, F), (kernel, at, scratch) =>
        kernel(Number(kind === 'swiglu'), M, F, K, ...Object.keys(inputs).map(at), at('dhidden'), scratch),
      ).dhidden;
    },
    crossEntropy(logits, targets) {
      const [M, V] = shapeOf(logits, 'logits', undefined, undefined) as [number, number];
      shapeOf(targets, 'targets', M);
      return run('cross_entropy', { logits, targets }, { losses: [M] }, V, (kernel, at, scratch) =>
        kernel(M, V, 1, at('logits'), at('targets'), at('losses'), 0, scratch),
      ).losses;
    },
    crossEntropyGradient(logits, targets) {
      const [M, V] = shapeOf(logits, 'logits', undefined, undefined) as [number, number];
      shapeOf(targets, 'targets', M);
      return run('cross_entropy', { logits, targets }, { losses: [M], dlogits: [M, V] }, 0, (kernel, at) =>
        kernel(M, V, 1 / M, at('logits'), at('targets'), at('losses'), at('dlogits'), 0),
      );
    },
    attention(qkv, { cosines, sines }, { batch, length, heads }) {
      const [M, width] = shapeOf(qkv, 'qkv', batch * length, undefined) as [number, number];
      const d = width / 3 / heads;
      shapeOf(cosines, 'cosines', length, d / 2);
      shapeOf(sines, 'sines', length, d / 2);
      const outputs = { out: [M, width / 3], logsums: [batch, heads, length] };
      const [rows, columns] = [padded(length), padded(d)];
      const scratchFloats = (3 * heads + 2) * rows * columns + panelColumns * (rows + columns + 2);
      return run('attention', { qkv, cosines, sines }, outputs, scratchFloats, (kernel, at, scratch) =>
        kernel(batch, length, heads, d, at('qkv'), at('cosines'), at('sines'), at('out'), at('logsums'), scratch),
      );
    },
    attentionGradient(dout, qkv, { out, logsums }, { cosines, sines }, { batch, length, heads }) {
      const [M, width] = shapeOf(qkv, 'qkv', batch * length, undefined) as [number, number];
      const d = width / 3 / heads;
      shapeOf(dout, 'dout', M, width / 3);
      shapeOf(out, 'out', M, width / 3);
      shapeOf(logsums, 'logsums', batch, heads, length);
      shapeOf(cosines, 'cosines', length, d / 2);
      shapeOf(sines, 'sines', length, d / 2);
      const inputs = { dout, qkv, out, logsums, cosines, sines };
      const [rows, columns] = [padded(length), padded(d)];
      const scratchFloats = (4 * heads + 8) * rows * columns + rows * (rows + heads + tileRows + 1);
      return run('attention_gradient', inputs, { dqkv: [M, width] }, scratchFloats, (kernel, at, scratch) =>
        kernel(batch, length, heads, d, ...Object.keys(inputs).map(at), at('dqkv'), scratch),
      ).dqkv;
    },
    adamW(state, gradient, decay, settings, rates) {
      const { learningRate, beta1, beta2, epsilon, gradientClip, update } = settings;
      const [n] = shapeOf(gradient, 'gradient', undefined) as [number];
      for (const [name, tensor] of Object.entries({ ...state, decay, ...(rates && { rates }) }))
        shapeOf(tensor as Tensor, name, n);
      const inputs = {
        p: state.parameters,
        gradient,
        m: state.firstMoment,
        v: state.secondMoment,
        decay,
        rates,
      };
      const outputs = { parameters: [n], firstMoment: [n], secondMoment: [n], norm: [1] };
      const corrections = [1 - beta1 ** update, 1 - beta2 ** update] as const;
      const { norm, ...next } = run('adamw', inputs, outputs, 0, (kernel, at) =>
        kernel(
          ...[n, learningRate, beta1, beta2, epsilon, ...corrections, gradientClip],
          ...Object.keys(inputs).map(at),
          ...Object.keys(outputs).map(at),
        ),
      );
      return { ...next, gradientNorm: tf.reshape(norm, []) };
    },
  };
  return { ...operations, ...createWasmExpertOperations(run) };
}
