import type { ExpertOperations, Tensor } from './operations.js';
import { gatedWidth, packedFloats, shapeOf } from './wasm-kernels/kernel-shapes.js';
import type { RunKernel } from './wasm-kernels/load-wasm-kernels.js';

interface Block {
  expert: number;
  start: number;
  count: number;
}

/** The blocks of rows that `counts` describes. Throws unless they are all of R rows. */
function blocksOf(counts: readonly number[], R: number): Block[] {
  let start = 0;
  const blocks = counts.map((count, expert) => {
    const block = { expert, start, count };
    start += count;
    return block;
  });
  if (start !== R) throw new Error(`counts must sum to the ${R} rows, got ${start}`);
  return blocks;
}
const busy = (blocks: readonly Block[]) => blocks.filter(({ count }) => count > 0);

/** The experts' operations as kernels of kernels.c: one run covers all blocks, each a product of its own. */
export function createWasmExpertOperations(run: RunKernel): ExpertOperations {
  const matrices = (b: Tensor, E: number, rows?: number, columns?: number) =>
    shapeOf(b, 'b', E, rows, columns) as [number, number, number];

  return {
    gatherScaledRows(x, rows, scales) {
      const [, D] = shapeOf(x, 'x', undefined, undefined) as [number, number];
      const [R] = shapeOf(rows, 'rows', undefined) as [number];
      shapeOf(scales, 'scales', R);
      return run('gather_scaled_rows', { x, rows, scales }, { out: [R, D] }, 0, (kernel, at) =>
        kernel(R, D, at('x'), at('rows'), at('scales'), at('out')),
      ).out;
    },
    combineRows(y, slots, base, scales) {
      const [M, D] = shapeOf(base, 'base', undefined, undefined) as [number, number];
      const [, K] = shapeOf(slots, 'slots', M, undefined) as [number, number];
      shapeOf(y, 'y', undefined, D);
      if (scales) shapeOf(scales, 'scales', M, K);
      return run('combine_rows', { y, slots, base, scales }, { out: [M, D] }, 0, (kernel, at) =>
        kernel(M, K, D, at('y'), at('slots'), at('scales'), at('base'), at('out')),
      ).out;
    },
    rowProducts(y, x, rows) {
      const [R, D] = shapeOf(y, 'y', undefined, undefined) as [number, number];
      shapeOf(x, 'x', undefined, D);
      shapeOf(rows, 'rows', R);
      return run('row_products', { y, x, rows }, { out: [R] }, 0, (kernel, at) =>
        kernel(R, D, at('y'), at('x'), at('rows'), at('out')),
      ).out;
    },
    blockMatMulGate(kind, a, b, counts) {
      const [R, K] = shapeOf(a, 'a', undefined, undefined) as [number, number];
      const [, , N] = matrices(b, counts.length, K);
      const F = gatedWidth(kind, N);
      const blocks = blocksOf(counts, R);
      return run(
        'matmul_gate',
        { a, b },
        { hidden: [R, N], gated: [R, F] },
        packedFloats(K, N),
        (kernel, at, scratch) => {
          for (const { expert, start, count } of busy(blocks)) {
            const [A, B] = [at('a') + 4 * start * K, at('b') + 4 * expert * K * N];
            const [hidden, gated] = [at('hidden') + 4 * start * N, at('gated') + 4 * start * F];
            kernel(Number(kind === 'swiglu'), count, N, K, A, B, hidden, gated, scratch);
          }
        },
      );
    },
    blockMatMulGateGradient(kind, dout, b, hidden, counts) {
      const [R, K] = shapeOf(dout, 'dout', undefined, undefined) as [number, number];
      const [, N] = shapeOf(hidden, 'hidden', R, undefined) as [number, number];
      const F = gatedWidth(kind, N);
      matrices(b, counts.length, F, K);
      const blocks = blocksOf(counts, R);
      const outputs = { dhidden: [R, N] };
      return run('matmul_gate_gradient', { dout, b, hidden }, outputs, packedFloats(K, F), (kernel, at, scratch) => {
        for (const { expert, start, count } of busy(blocks)) {
          const [A, B] = [at('dout') + 4 * start * K, at('b') + 4 * expert * F * K];
          const [before, after] = [at('hidden') + 4 * start * N, at('dhidden') + 4 * start * N];
          kernel(Number(kind === 'swiglu'), count, F, K, A, B, before, after, scratch);
        }
      }).dhidden;
    },
    blockMatMul(a, b, counts) {
      const [R, K] = shapeOf(a, 'a', undefined, undefined) as [number, number];
      const [, , N] = matrices(b, counts.length, K);
      const blocks = blocksOf(counts, R);
      return run('matmul', { a, b }, { out: [R, N] }, packedFloats(K, N), (kernel, at, scratch) => {
        for (const { expert, start, count } of busy(blocks)) {
          const [A, B] = [at('a') + 4 * start * K, at('b') + 4 * expert * K * N];
          kernel(count, N, K, A, B, 0, at('out') + 4 * start * N, scratch);
        }
      }).out;
    },
    blockMatMulTransposedB(a, b, counts) {
      const [R, K] = shapeOf(a, 'a', undefined, undefined) as [number, number];
      const [, N] = matrices(b, counts.length, undefined, K);
      const blocks = blocksOf(counts, R);
      return run('matmul_transposed_b', { a, b }, { out: [R, N] }, packedFloats(K, N), (kernel, at, scratch) => {
        for (const { expert, start, count } of busy(blocks)) {
          const [A, B] = [at('a') + 4 * start * K, at('b') + 4 * expert * N * K];
          kernel(count, N, K, A, B, at('out') + 4 * start * N, scratch);
        }
      }).out;
    },
    blockMatMulTransposedA(a, b, counts) {
      const [R, M] = shapeOf(a, 'a', undefined, undefined) as [number, number];
      const [, N] = shapeOf(b, 'b', R, undefined) as [number, number];
      const blocks = blocksOf(counts, R);
      const outputs = { out: [counts.length, M, N] };
      const floats = packedFloats(Math.max(...counts), N);
      return run('matmul_transposed_a_or_zeros', { a, b }, outputs, floats, (kernel, at, scratch) => {
        for (const { expert, start, count } of blocks) {
          const [A, B] = [at('a') + 4 * start * M, at('b') + 4 * start * N];
          kernel(M, N, count, A, B, at('out') + 4 * expert * M * N, scratch);
        }
      }).out;
    },
  };
}
