// Exact distances to nearest neighbours in total variation, which is half the sum over domains of |q_i - p_i|.
//   q  the mixture whose neighbour is sought, its largest weights first; p another one
//   A  sum of |q_i - p_i| and S sum of q_i - p_i over the domains seen so far
// The domains not seen add at least |(sum q - sum p) - S| to A, so most p are ruled out after their first few domains:
// a mixture has most of its tokens in few of them. What is not ruled out is measured whole, in the order of the domains,
// so the distances are those of `totalVariation` to the last bit.
import { totalVariation } from '#libs/simplex';

/** Closer mixtures are the same one, measured again. */
const SAME = 1e-9;
/** Above the rounding of a sum of hundreds of weights, far below any distance that matters. */
const ROUNDING = 1e-12;
/** Domains seen between two looks at the bound. */
const STRIDE = 4;

/**
 * For each of `rows` (positions in `mixtures`), the distance of that mixture to the nearest one that differs from it;
 * Infinity where all are the same.
 * @param mixtures n rows of m weights, any n and m
 */
export function neighbourDistances(mixtures: readonly ArrayLike<number>[], rows: readonly number[]): Float64Array {
  const m = mixtures[0]?.length ?? 0;
  // One block of memory: whatever kind of array the rows are, the loop below meets one kind only.
  const cells = new Float64Array(mixtures.length * m);
  mixtures.forEach((row, r) => {
    cells.set(row, r * m);
  });
  const views = mixtures.map((_, r) => cells.subarray(r * m, (r + 1) * m));
  const sums = Float64Array.from(views, (row) => row.reduce((sum, weight) => sum + weight, 0));
  return Float64Array.from(rows, (r) => nearestDistinct(r, views, cells, sums));
}

function nearestDistinct(r: number, views: readonly Float64Array[], cells: Float64Array, sums: Float64Array): number {
  const own = views[r]!;
  const m = own.length;
  const order = Int32Array.from(own.keys()).sort((a, b) => own[b]! - own[a]! || a - b);
  const sorted = Float64Array.from(order, (i) => own[i]!);
  let nearest = Infinity;
  /** Of twice the distance. */
  let bound = Infinity;
  for (let j = 0; j < views.length; j++) {
    const start = j * m;
    let away = 0;
    let left = sums[r]! - sums[j]!;
    let k = 0;
    while (k < m && away + Math.abs(left) <= bound) {
      for (const end = Math.min(m, k + STRIDE); k < end; k++) {
        const difference = sorted[k]! - cells[start + order[k]!]!;
        away += Math.abs(difference);
        left -= difference;
      }
    }
    if (j === r || away + Math.abs(left) > bound) continue;
    const distance = totalVariation(own, views[j]!);
    if (distance > SAME && distance < nearest) {
      nearest = distance;
      bound = 2 * distance + ROUNDING;
    }
  }
  return nearest;
}
