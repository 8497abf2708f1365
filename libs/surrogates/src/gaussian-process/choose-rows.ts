import { createRandom, sampleWithoutReplacement } from '#libs/simplex';

/** `count` of n row numbers in ascending order, drawn with a fixed seed; all of them when there are no more. */
export function sampleRows(n: number, count: number): number[] {
  return sampleWithoutReplacement(createRandom(0, 1), n, Math.min(n, count)).sort((a, b) => a - b);
}

/**
 * `count` rows that cover the design: each next one is the farthest from those taken (Gonzalez 1985), in ascending
 * order. Costs n * count * m; all rows when there are no more than `count`.
 * @param coordinates m x n, scaled so that Euclidean distance is the one that matters
 */
export function coveringRows(coordinates: Float64Array, n: number, count: number): number[] {
  if (n <= count) return Array.from({ length: n }, (_, i) => i);
  const m = coordinates.length / n;
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const squared = new Float64Array(n);
  const chosen: number[] = [];
  for (let next = 0; chosen.length < count; ) {
    chosen.push(next);
    squared.fill(0);
    for (let d = 0; d < m; d++) {
      const row = coordinates.subarray(d * n, (d + 1) * n);
      const x = row[next]!;
      for (let i = 0; i < n; i++) {
        const difference = row[i]! - x;
        squared[i] = squared[i]! + difference * difference;
      }
    }
    nearest[next] = -1;
    let farthest = -1;
    for (let i = 0; i < n; i++) {
      if (squared[i]! < nearest[i]!) nearest[i] = squared[i]!;
      if (nearest[i]! > farthest) {
        farthest = nearest[i]!;
        next = i;
      }
    }
  }
  return chosen.sort((a, b) => a - b);
}
