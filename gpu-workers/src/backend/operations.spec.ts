import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import type { Backend } from './backend.js';
import type { AttentionShape, Operations, Tensor } from './operations.js';
import { selectBackend } from './select-backend.js';
import { kernelsBase64, kernelsSourceSha256, relaxedKernelsBase64 } from './wasm-kernels/kernels.generated.js';

type Values = { values: Float32Array; shape: number[] };
type Results = Tensor | Record<string, Tensor>;
/** TypeScript's types for WebAssembly come with the DOM. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Memory: new (size: { initial: number }) => { buffer: ArrayBuffer };
    instantiate(
      bytes: Uint8Array,
      imports: object,
    ): Promise<{ instance: { exports: Record<string, (...args: number[]) => void> } }>;
  };
};

const random = createRandom(7);
const normal = (...shape: number[]): Values => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
});
const positive = (...shape: number[]): Values => {
  const { values } = normal(...shape);
  return { shape, values: values.map((value) => Math.abs(value) + 0.1) };
};
const integers = (count: number, below: number) => Int32Array.from({ length: count }, () => random.integer(below));

/** Runs operations on the WASM kernels and on the portable CPU reference, and compares every output. */
async function expectSameOnBothBackends(
  inputs: Values[],
  compute: (operations: Operations, tensors: Tensor[], backend: Backend) => Results,
  tolerance = 2e-5,
) {
  const outputs: Record<string, Float32Array>[] = [];
  for (const name of ['cpu', 'wasm'] as const) {
    const backend = await selectBackend(name);
    expect(backend.reason).toBe('');
    await backend.tf.setBackend(name);
    const results = backend.tf.tidy(() => {
      const tensors = inputs.map(({ values, shape }) => backend.tf.tensor(values, shape));
      const made = compute(backend.operations, tensors, backend);
      return 'dataSync' in made ? { out: made as Tensor } : made;
    });
    outputs.push(
      Object.fromEntries(
        Object.entries(results).map(([key, tensor]) => [key, Float32Array.from(tensor.dataSync())] as const),
      ),
    );
    backend.tf.dispose(results as never);
  }
  const [reference, actual] = outputs as [Record<string, Float32Array>, Record<string, Float32Array>];
  expect(Object.keys(actual)).toEqual(Object.keys(reference));
  for (const [key, expected] of Object.entries(reference)) {
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    expect(actual[key]!.length).toBe(expected.length);
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[key]![i]!)), 0);
    expect(worst / largest, `${key}: largest difference over largest value`).toBeLessThan(tolerance);
  }
}

describe('the fused WASM kernels', () => {
  it('are compiled from the committed sources', () => {
    const folder = new URL('./wasm-kernels/', import.meta.url);
    const headers = readdirSync(folder).filter((name) => name.endsWith('.h'));
    const hash = createHash('sha256');
    for (const name of ['kernels.c', ...headers.sort()]) hash.update(readFileSync(new URL(name, folder)));
    expect(hash.digest('hex')).toBe(kernelsSourceSha256);
  });

  it('multiply alike with and without multiply-add in one instruction', async () => {
    await selectBackend('wasm');
    const [M, N, K] = [13, 21, 40];
    const [a, b] = [normal(M, K).values, normal(K, N).values];
    const [plain, fused] = await Promise.all([kernelsBase64, relaxedKernelsBase64].map(productOf));
    for (const [i, value] of plain!.entries()) expect(fused![i]).toBeCloseTo(value, 4);
    const first = a.subarray(0, K).reduce((sum, value, k) => sum + value * b[k * N]!, 0);
    expect(plain![0]).toBeCloseTo(first, 4);

    async function productOf(base64: string): Promise<Float32Array> {
      const memory = new WebAssembly.Memory({ initial: 2 });
      const { instance } = await WebAssembly.instantiate(Buffer.from(base64, 'base64'), { env: { memory } });
      const floats = new Float32Array(memory.buffer);
      floats.set(a, 256);
      floats.set(b, 256 + M * K);
      const out = 256 + M * K + K * N;
      instance.exports.matmul!(M, N, K, 4 * 256, 4 * (256 + M * K), 0, 4 * out, 4 * (out + M * N));
      return floats.slice(out, out + M * N);
    }
  });

  it.each([
    [1, 1, 1],
    [5, 7, 3],
    [4, 8, 192],
    [9, 13, 401],
    [64, 96, 32],
    [50, 70, 600],
  ])('multiply %i x %i matrices over %i in all three layouts', async (M, N, K) => {
    const [a, b] = [normal(M, K), normal(K, N)];
    await expectSameOnBothBackends([a, b], (operations, [x, y]) => operations.matMul(x!, y!));
    await expectSameOnBothBackends([a, b, normal(M, N)], (operations, [x, y, z]) => operations.matMul(x!, y!, z!));
    await expectSameOnBothBackends([normal(K, M), b], (operations, [x, y]) => operations.matMulTransposedA(x!, y!));
    await expectSameOnBothBackends([a, normal(N, K)], (operations, [x, y]) => operations.matMulTransposedB(x!, y!));
  });

  it('cut sections out of a flat vector', async () => {
    await expectSameOnBothBackends([normal(40)], (operations, [flat]) => operations.section(flat!, 7, [3, 5]));
  });

  it('lay tensors one after the other in one vector', async () => {
    const inputs = [normal(3, 5), normal(7), normal(2, 4)];
    await expectSameOnBothBackends(inputs, (operations, tensors) => operations.flatten(tensors));
  });

  it.each([5, 8])('look up and add back embedding rows of width %i', async (width) => {
    const ids = integers(30, 11);
    const inputs = [normal(11, width), normal(30, width)];
    await expectSameOnBothBackends(inputs, (operations, [table, gradient], { tf }) => {
      const tokens = tf.tensor1d(ids, 'int32');
      return {
        rows: operations.embed(table!, tokens),
        gradient: operations.embedGradient(gradient!, tokens, table!),
      };
    });
  });

  it.each([6, 16])('normalise rows of width %i, with gradient and residual', async (width) => {
    const inputs = [normal(9, width), normal(width), normal(9, width), normal(9, width)];
    await expectSameOnBothBackends(inputs, (operations, [x, gain, dy, residual]) => {
      const forward = operations.rmsNorm(x!, gain!);
      const alone = operations.rmsNormGradient(dy!, x!, gain!, forward.inverse);
      const { dx } = operations.rmsNormGradient(dy!, x!, gain!, forward.inverse, residual!);
      return { ...forward, ...alone, withResidual: dx };
    });
  });

  it.each([
    ['swiglu', 5],
    ['relu2', 5],
    ['swiglu', 61],
    ['relu2', 61],
  ] as const)('multiply, gate by %s and give the gradient, %i rows', async (kind, rows) => {
    const [K, N] = [9, 14];
    const F = kind === 'relu2' ? N : N / 2;
    const inputs = [normal(rows, K), normal(K, N), normal(rows, K), normal(F, K)];
    await expectSameOnBothBackends(inputs, (operations, [a, b, dout, out]) => {
      const forward = operations.matMulGate(kind, a!, b!);
      return { ...forward, gradient: operations.matMulGateGradient(kind, dout!, out!, forward.hidden) };
    });
  });

  it.each([3, 256])('compute the cross-entropy over %i classes and its gradient', async (V) => {
    const targets = integers(6, V);
    const logits = normal(6, V);
    logits.values.forEach((value, i) => {
      logits.values[i] = value * 20;
    });
    await expectSameOnBothBackends([logits], (operations, [x], { tf }) => {
      const classes = tf.tensor1d(targets, 'int32');
      const { losses, dlogits } = operations.crossEntropyGradient(x!, classes);
      return { forward: operations.crossEntropy(x!, classes), losses, dlogits };
    });
  });

  it.each([
    { batch: 1, length: 1, heads: 1, d: 2 },
    { batch: 2, length: 9, heads: 3, d: 6 },
    { batch: 2, length: 32, heads: 2, d: 8 },
    { batch: 1, length: 67, heads: 1, d: 16 },
  ])('attend causally and give the gradient: %o', async ({ d, ...shape }) => {
    const { batch, length, heads } = shape satisfies AttentionShape;
    const rows = batch * length;
    const inputs = [normal(rows, 3 * heads * d), normal(rows, heads * d), normal(length, d / 2), normal(length, d / 2)];
    await expectSameOnBothBackends(inputs, (operations, [qkv, dout, cosines, sines]) => {
      const rotation = { cosines: cosines!, sines: sines! };
      const forward = operations.attention(qkv!, rotation, shape);
      const gradient = operations.attentionGradient(dout!, qkv!, forward, rotation, shape);
      return { ...forward, gradient };
    });
  });

  it.each([0.5, 1e6])('take an AdamW step with gradients clipped at %f', async (gradientClip) => {
    const settings = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, gradientClip, update: 3 };
    const inputs = [normal(1030), normal(1030), normal(1030), positive(1030), positive(1030)];
    await expectSameOnBothBackends(inputs, (operations, [parameters, gradient, firstMoment, secondMoment, decay]) => {
      const state = { parameters: parameters!, firstMoment: firstMoment!, secondMoment: secondMoment! };
      return { ...operations.adamW(state, gradient!, decay!, settings) };
    });
  });

  it('let NaN through, so that divergence shows', async () => {
    const { tf, operations } = await selectBackend('wasm');
    const hole = tf.fill([4, 8], Number.NaN);
    const outputs = [
      operations.matMul(hole, tf.ones([8, 4])),
      operations.rmsNorm(hole, tf.ones([8])).y,
      operations.matMulGate('swiglu', hole, tf.ones([8, 4])).gated,
      operations.matMulGate('relu2', hole, tf.ones([8, 4])).gated,
      operations.crossEntropy(hole, tf.zeros([4], 'int32')),
    ];
    for (const output of outputs) expect(output.dataSync().every(Number.isNaN)).toBe(true);
  });

  it('refuse shapes that do not fit, since they check no bounds', async () => {
    const { tf, operations } = await selectBackend('wasm');
    expect(() => operations.matMul(tf.ones([2, 3]), tf.ones([4, 5]))).toThrow('b must have shape [3,any], got [4,5]');
    expect(() => operations.section(tf.ones([5]), 3, [3])).toThrow('section 3 + 3 leaves a vector of 5');
  });
});
