import type { ExpertOperations, Operations, Tensor, TensorFlowNamespace } from './operations.js';

type Products = Pick<
  Operations,
  'matMul' | 'matMulTransposedA' | 'matMulTransposedB' | 'matMulGate' | 'matMulGateGradient'
>;

/** The experts' operations in stock TensorFlow.js, one product for each expert that has rows. */
export function createPortableExpertOperations(tf: TensorFlowNamespace, products: Products): ExpertOperations {
  const blocksOf = (counts: readonly number[]) => {
    let start = 0;
    return counts.map((count, expert) => {
      const block = { expert, start, count };
      start += count;
      return block;
    });
  };
  const rowsOf = (x: Tensor, { start, count }: { start: number; count: number }) =>
    tf.slice(x, [start, 0], [count, x.shape[1]!]);
  const matrixOf = (b: Tensor, expert: number) =>
    tf.reshape(tf.slice(b, [expert, 0, 0], [1, b.shape[1]!, b.shape[2]!]), [b.shape[1]!, b.shape[2]!]);

  const overBlocks = (
    inputs: readonly Tensor[],
    b: Tensor,
    counts: readonly number[],
    multiply: (rows: Tensor[], matrix: Tensor) => Tensor,
  ) =>
    tf.tidy(() => {
      const busy = blocksOf(counts).filter(({ count }) => count > 0);
      const parts = busy.map((block) =>
        multiply(
          inputs.map((input) => rowsOf(input, block)),
          matrixOf(b, block.expert),
        ),
      );
      return tf.concat(parts, 0);
    });

  return {
    gatherScaledRows: (x, rows, scales) => tf.tidy(() => tf.mul(tf.gather(x, rows), tf.expandDims(scales, 1))),
    combineRows: (y, slots, base, scales) =>
      tf.tidy(() => {
        const columns = tf.split(slots, slots.shape[1]!, 1).map((column) => tf.reshape(column, [-1]));
        const weights = scales && tf.split(scales, slots.shape[1]!, 1);
        return columns.reduce((sum, column, k) => {
          const rows = tf.gather(y, column);
          return tf.add(sum, weights ? tf.mul(rows, weights[k]!) : rows);
        }, base);
      }),
    rowProducts: (y, x, rows) => tf.tidy(() => tf.sum(tf.mul(y, tf.gather(x, rows)), 1)),
    blockMatMulGate: (kind, a, b, counts) =>
      tf.tidy(() => {
        const parts = blocksOf(counts)
          .filter(({ count }) => count > 0)
          .map((block) => products.matMulGate(kind, rowsOf(a, block), matrixOf(b, block.expert)));
        return {
          hidden: tf.concat(parts.map(({ hidden }) => hidden)),
          gated: tf.concat(parts.map(({ gated }) => gated)),
        };
      }),
    blockMatMulGateGradient: (kind, dout, b, hidden, counts) =>
      overBlocks([dout, hidden], b, counts, ([rows, hiddenRows], matrix) =>
        products.matMulGateGradient(kind, rows!, matrix, hiddenRows!),
      ),
    blockMatMul: (a, b, counts) => overBlocks([a], b, counts, ([rows], matrix) => products.matMul(rows!, matrix)),
    blockMatMulTransposedB: (a, b, counts) =>
      overBlocks([a], b, counts, ([rows], matrix) => products.matMulTransposedB(rows!, matrix)),
    blockMatMulTransposedA: (a, b, counts) =>
      tf.tidy(() =>
        tf.stack(
          blocksOf(counts).map((block) =>
            block.count > 0
              ? products.matMulTransposedA(rowsOf(a, block), rowsOf(b, block))
              : tf.zeros([a.shape[1]!, b.shape[1]!]),
          ),
        ),
      ),
  };
}
