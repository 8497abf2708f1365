import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import type { Operations, Tensor, TensorFlowNamespace } from './operations.js';
import { selectBackend } from './select-backend.js';

const random = createRandom(17);
const normal = (...shape: number[]) => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
});

/** The outputs of one computation on the WASM kernels and on the portable CPU reference. */
async function onBoth(compute: (operations: Operations, tf: TensorFlowNamespace) => Record<string, Tensor>) {
  const outputs: Record<string, number[]>[] = [];
  for (const name of ['cpu', 'wasm'] as const) {
    const { tf, operations } = await selectBackend(name);
    const before = tf.memory().numTensors;
    tf.engine().startScope();
    const made = Object.entries(compute(operations, tf));
    outputs.push(Object.fromEntries(made.map(([key, tensor]) => [key, [...tensor.shape, ...tensor.dataSync()]])));
    tf.engine().endScope();
    expect(tf.memory().numTensors).toBe(before);
  }
  return outputs as [Record<string, number[]>, Record<string, number[]>];
}

function expectClose(actual: readonly number[], expected: readonly number[], what: string) {
  expect(actual.length, what).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i]! - value) / largest, `${what}[${i}]`).toBeLessThan(2e-5);
  }
}

describe('the operations of routed experts', () => {
  it.each([
    { counts: [3, 0, 5, 1], inner: 6, columns: 10 },
    { counts: [0, 0, 40], inner: 8, columns: 16 },
    { counts: [7, 6], inner: 13, columns: 18 },
  ])('multiply blocks of rows, each with its own matrix: $counts', async ({ counts, inner, columns }) => {
    const R = counts.reduce((sum, count) => sum + count, 0);
    const E = counts.length;
    const [x, entry, leave] = [normal(R, inner), normal(E, inner, columns), normal(E, columns / 2, inner)];
    const [dout, gradient] = [normal(R, inner), normal(R, columns)];
    const [cpu, wasm] = await onBoth((operations, tf) => {
      const rows = tf.tensor(x.values, x.shape);
      const [b, out] = [tf.tensor(entry.values, entry.shape), tf.tensor(leave.values, leave.shape)];
      const dy = tf.tensor(gradient.values, gradient.shape);
      const { hidden, gated } = operations.blockMatMulGate('swiglu', rows, b, counts);
      return {
        hidden,
        gated,
        relu2: operations.blockMatMulGate('relu2', rows, b, counts).gated,
        product: operations.blockMatMul(rows, b, counts),
        transposedA: operations.blockMatMulTransposedA(rows, dy, counts),
        transposedB: operations.blockMatMulTransposedB(dy, b, counts),
        gradient: operations.blockMatMulGateGradient('swiglu', tf.tensor(dout.values, dout.shape), out, hidden, counts),
      };
    });
    for (const [name, expected] of Object.entries(cpu)) expectClose(wasm[name]!, expected, name);

    // And the products are those of the definition.
    let row = 0;
    for (const [e, count] of counts.entries()) {
      for (const last = row + count; row < last; row++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < inner; k++)
            sum += x.values[row * inner + k]! * entry.values[(e * inner + k) * columns + j]!;
          expect(cpu.product![2 + row * columns + j]).toBeCloseTo(sum, 4);
        }
      }
      if (count === 0) {
        const block = wasm.transposedA!.slice(3 + e * inner * columns, 3 + (e + 1) * inner * columns);
        expect(new Set(block)).toEqual(new Set([0]));
      }
    }
  });

  it.each([
    { M: 5, K: 2, D: 7 },
    { M: 4, K: 1, D: 16 },
  ])('gather, combine and multiply rows of $D, $K for each token', async ({ M, K, D }) => {
    const order = Array.from({ length: M * K }, (_, i) => i);
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    const rowsOf = order.map((place) => Math.floor(place / K));
    const slotsOf = order.map((_, place) => order.indexOf(place));
    const [x, y, base, scales] = [normal(M, D), normal(M * K, D), normal(M, D), normal(M * K)];
    const [cpu, wasm] = await onBoth((operations, tf) => {
      const table = tf.tensor(x.values, x.shape);
      const leaving = tf.tensor(y.values, y.shape);
      const from = tf.tensor(base.values, base.shape);
      const rows = tf.tensor1d(rowsOf, 'int32');
      const slots = tf.tensor2d(slotsOf, [M, K], 'int32');
      return {
        gathered: operations.gatherScaledRows(table, rows, tf.tensor1d(scales.values)),
        combined: operations.combineRows(leaving, slots, from, tf.tensor2d(scales.values, [M, K])),
        summed: operations.combineRows(leaving, slots, from),
        products: operations.rowProducts(leaving, table, rows),
      };
    });
    for (const [name, expected] of Object.entries(cpu)) expectClose(wasm[name]!, expected, name);
    for (let m = 0; m < M; m++) {
      for (let d = 0; d < D; d++) {
        let sum = base.values[m * D + d]!;
        for (let k = 0; k < K; k++) sum += scales.values[m * K + k]! * y.values[slotsOf[m * K + k]! * D + d]!;
        expect(cpu.combined![2 + m * D + d]).toBeCloseTo(sum, 5);
      }
    }
    const [first] = rowsOf as [number];
    expect(cpu.gathered![2]).toBeCloseTo(x.values[first * D]! * scales.values[0]!, 6);
    const product = Array.from({ length: D }, (_, d) => y.values[d]! * x.values[first * D + d]!);
    expect(cpu.products![1]).toBeCloseTo(
      product.reduce((sum, value) => sum + value, 0),
      5,
    );
  });

  it('refuse counts that are not those of the rows', async () => {
    const { tf, operations } = await selectBackend('wasm');
    const [a, b] = [tf.ones([4, 3]), tf.ones([2, 3, 5])];
    expect(() => operations.blockMatMul(a, b, [3, 2])).toThrow('counts must sum to the 4 rows, got 5');
    expect(() => operations.blockMatMul(a, b, [1, 2, 1])).toThrow('b must have shape [3,3,any], got [2,3,5]');
    tf.dispose([a, b]);
  });
});
