import {
  type AttentionShape,
  type ExpertOperations,
  type Operations,
  type Rotation,
  rmsNormEpsilon,
  type Tensor,
  type TensorFlowNamespace,
} from './operations.js';
import { createPortableExpertOperations } from './portable-expert-operations.js';

/** The operations in stock TensorFlow.js: right on every backend, fast where the backend's own kernels are. */
export function createPortableOperations(tf: TensorFlowNamespace): Operations {
  const half = (x: Tensor, part: 0 | 1) => {
    const width = x.shape.at(-1)! / 2;
    const begin = x.shape.map((_, axis) => (axis === x.rank - 1 ? part * width : 0));
    return tf.slice(x, begin, [...x.shape.slice(0, -1), width]);
  };

  /** Rotates pairs (j, j + d/2) of [batch, heads, T, d]; direction -1 undoes it. */
  const rotate = (x: Tensor, rotation: Rotation, direction: 1 | -1) => {
    const [a, b] = [half(x, 0), half(x, 1)];
    const sines = direction === 1 ? rotation.sines : tf.neg(rotation.sines);
    return tf.concat(
      [tf.sub(tf.mul(a, rotation.cosines), tf.mul(b, sines)), tf.add(tf.mul(a, sines), tf.mul(b, rotation.cosines))],
      -1,
    );
  };

  const splitHeads = (x: Tensor, { batch, length, heads }: AttentionShape) =>
    tf.transpose(tf.reshape(x, [batch, length, heads, -1]), [0, 2, 1, 3]);
  const joinHeads = (x: Tensor, { batch, length }: AttentionShape) =>
    tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, -1]);

  /** Rotated queries (times 1/sqrt(d)) and keys, values, and the masked scores [batch, heads, T, T]. */
  const prepare = (qkv: Tensor, rotation: Rotation, shape: AttentionShape) => {
    const width = qkv.shape[1]! / 3;
    const scale = Math.fround(1 / Math.sqrt(width / shape.heads));
    const [q, k, v] = tf.split(qkv, 3, 1).map((part) => splitHeads(part, shape)) as [Tensor, Tensor, Tensor];
    const queries = tf.mul(rotate(q, rotation, 1), scale);
    const keys = rotate(k, rotation, 1);
    const position = tf.range(0, shape.length, 1, 'int32');
    const hidden = tf.less(tf.expandDims(position, 1), tf.expandDims(position, 0));
    const scores = tf.sub(tf.matMul(queries, keys, false, true), tf.mul(tf.cast(hidden, 'float32'), 1e30));
    return { queries, keys, values: v, scores, scale };
  };

  const logsum = (x: Tensor) => tf.logSumExp(x, -1, true);

  const operations: Omit<Operations, keyof ExpertOperations> = {
    section: (flat, offset, shape) =>
      tf.tidy(() => tf.reshape(tf.slice(flat, offset, tf.util.sizeFromShape(shape)), shape)),
    flatten: (tensors) => tf.tidy(() => tf.concat(tensors.map((tensor) => tf.reshape(tensor, [-1])))),
    matMul: (a, b, addend) => tf.tidy(() => (addend ? tf.add(tf.matMul(a, b), addend) : tf.matMul(a, b))),
    matMulTransposedA: (a, b) => tf.matMul(a, b, true, false),
    matMulTransposedB: (a, b) => tf.matMul(a, b, false, true),
    embed: (table, ids) => tf.gather(table, ids),
    embedGradient: (gradient, ids, base) =>
      tf.tidy(() => tf.add(base, tf.matMul(tf.oneHot(ids as never, base.shape[0]!, 1, 0, 'float32'), gradient, true))),
    rmsNorm: (x, gain) =>
      tf.tidy(() => {
        const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1), rmsNormEpsilon));
        return { y: tf.mul(tf.mul(x, tf.expandDims(inverse, 1)), gain), inverse };
      }),
    rmsNormGradient: (dy, x, gain, inverse, residual) =>
      tf.tidy(() => {
        const scale = tf.expandDims(inverse, 1);
        const normal = tf.mul(x, scale);
        const inner = tf.mul(dy, gain);
        const dx = tf.mul(scale, tf.sub(inner, tf.mul(normal, tf.mean(tf.mul(inner, normal), -1, true))));
        return { dx: residual ? tf.add(dx, residual) : dx, dgain: tf.sum(tf.mul(dy, normal), 0) };
      }),
    matMulGate: (kind, a, b) =>
      tf.tidy(() => {
        const hidden = tf.matMul(a, b);
        if (kind === 'relu2') return { hidden, gated: tf.square(tf.relu(hidden)) };
        const gate = half(hidden, 0);
        return { hidden, gated: tf.mul(tf.mul(gate, tf.sigmoid(gate)), half(hidden, 1)) };
      }),
    matMulGateGradient: (kind, dout, b, hidden) =>
      tf.tidy(() => {
        const dgated = tf.matMul(dout, b, false, true);
        if (kind === 'relu2') return tf.mul(tf.mul(tf.relu(hidden), 2), dgated);
        const [gate, up] = [half(hidden, 0), half(hidden, 1)];
        const sigmoid = tf.sigmoid(gate);
        const silu = tf.mul(gate, sigmoid);
        const slope = tf.add(sigmoid, tf.mul(silu, tf.sub(1, sigmoid)));
        return tf.concat([tf.mul(tf.mul(dgated, up), slope), tf.mul(dgated, silu)], 1);
      }),
    crossEntropy: (logits, targets) =>
      tf.tidy(() => {
        const chosen = tf.oneHot(targets as never, logits.shape[1]!, 1, 0, 'float32');
        return tf.sub(tf.squeeze(logsum(logits), [1]), tf.sum(tf.mul(logits, chosen), -1));
      }),
    crossEntropyGradient: (logits, targets) =>
      tf.tidy(() => {
        const chosen = tf.oneHot(targets as never, logits.shape[1]!, 1, 0, 'float32');
        const logsums = logsum(logits);
        const losses = tf.sub(tf.squeeze(logsums, [1]), tf.sum(tf.mul(logits, chosen), -1));
        return { losses, dlogits: tf.div(tf.sub(tf.softmax(logits), chosen), logits.shape[0]!) };
      }),
    attention: (qkv, rotation, shape) =>
      tf.tidy(() => {
        const { values, scores } = prepare(qkv, rotation, shape);
        return {
          out: joinHeads(tf.matMul(tf.softmax(scores), values), shape),
          logsums: tf.squeeze(logsum(scores), [3]),
        };
      }),
    attentionGradient: (dout, qkv, forward, rotation, shape) =>
      tf.tidy(() => {
        const { queries, keys, values, scores, scale } = prepare(qkv, rotation, shape);
        const probabilities = tf.exp(tf.sub(scores, tf.expandDims(forward.logsums, 3)));
        const gradient = splitHeads(dout, shape);
        const delta = tf.sum(tf.mul(gradient, splitHeads(forward.out, shape)), -1, true);
        const dscores = tf.mul(probabilities, tf.sub(tf.matMul(gradient, values, false, true), delta));
        const dq = rotate(tf.mul(tf.matMul(dscores, keys), scale), rotation, -1);
        const dk = rotate(tf.matMul(dscores, queries, true, false), rotation, -1);
        const dv = tf.matMul(probabilities, gradient, true, false);
        return tf.concat(
          [dq, dk, dv].map((part) => joinHeads(part, shape)),
          1,
        );
      }),
    adamW: (state, gradient, decay, settings, rates) =>
      tf.tidy(() => {
        const { learningRate, beta1, beta2, epsilon, gradientClip, update } = settings;
        const gradientNorm = tf.sqrt(tf.sum(tf.square(gradient)));
        // clip / max(norm, clip) is 1 below the clip; NaN and infinity pass through and show in the next loss.
        const clipped = tf.mul(gradient, tf.div(gradientClip, tf.maximum(gradientNorm, gradientClip)));
        const firstMoment = tf.add(tf.mul(state.firstMoment, beta1), tf.mul(clipped, 1 - beta1));
        const secondMoment = tf.add(tf.mul(state.secondMoment, beta2), tf.mul(tf.square(clipped), 1 - beta2));
        const root = tf.add(tf.sqrt(tf.div(secondMoment, 1 - beta2 ** update)), epsilon);
        const step = tf.div(tf.div(firstMoment, 1 - beta1 ** update), root);
        const change = rates ? tf.mul(step, rates) : step;
        const parameters = tf.sub(
          state.parameters,
          tf.mul(tf.add(change, tf.mul(state.parameters, decay)), learningRate),
        );
        return { parameters, firstMoment, secondMoment, gradientNorm };
      }),
  };
  return { ...operations, ...createPortableExpertOperations(tf, operations) };
}
