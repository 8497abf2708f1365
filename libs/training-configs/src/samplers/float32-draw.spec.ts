import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { float32Chances, float32Draw } from './float32-draw.js';

/** The source of the random number k / 2^24, by the binary search of sample_data_source.cc. */
function search(cumulative: Float32Array, k: number): number {
  const sample = Math.fround(k / 2 ** 24);
  let left = 0;
  let right = cumulative.length - 1;
  while (right - left > 0) {
    const middle = left + ((right - left) >> 1);
    if (cumulative[middle]! < sample) left = middle + 1;
    else right = middle;
  }
  return left;
}

function cumulativeOf(weights: readonly number[]): Float32Array {
  const sums = new Float32Array(weights.length);
  let sum = new Float32Array([0]);
  weights.forEach((weight, i) => {
    sum = new Float32Array([sum[0]! + new Float32Array([weight])[0]!]);
    sums[i] = sum[0]!;
  });
  const total = sum[0]!;
  return Math.abs(1 - total) < 1e-4 * Math.max(1, total) ? sums : sums.map((value) => value / total);
}

describe('float32Draw', () => {
  it.each([
    ['shares', [0.6, 0.3, 0.1]],
    ['any numbers', [5, 2, 1, 0.25]],
    ['many', Array.from({ length: 40 }, (_, i) => 1 / (i + 1))],
    ['one below the resolution of a sum near 1', [0.5, 0.499999999, 1e-9]],
    ['one below it in front', [1e-9, 0.999999999]],
  ])('gives each source the numbers that the trainer’s search gives it: %s', (_, weights) => {
    const cumulative = cumulativeOf(weights);
    const ends: number[] = [];
    let end = 0;
    for (const chance of float32Chances(weights)) {
      end += chance * 2 ** 24;
      ends.push(end);
    }
    expect(ends.at(-1)).toBe(2 ** 24);
    const inspected = ends.flatMap((at) => [at - 2, at - 1, at, at + 1]);
    for (let k = 0; k < 2 ** 24; k += 9973) inspected.push(k);
    for (const k of inspected) {
      if (k < 0 || k >= 2 ** 24) continue;
      expect(search(cumulative, k)).toBe(ends.findIndex((at) => k < at));
    }
  });

  it('names the sources whose weight vanishes in the sums', () => {
    const draw = float32Draw({
      amounts: [0.5, 0.499999999, 1e-9],
      draws: 1000,
      stock: [{}, {}, { domain: 'dust' }],
      random: createRandom(1),
    });
    expect(draw.counts[2]).toBe(0);
    expect(draw.remarks).toEqual([expect.stringContaining('"dust" is never drawn')]);
  });

  it('says when a share is off, and nothing where float32 holds the weights', () => {
    const first = float32Draw({ amounts: [1e-7, 0.9999999], draws: 10, stock: [], random: createRandom(1) });
    expect(first.remarks).toEqual([expect.stringMatching(/off by up to \d+ % of itself/)]);
    expect(float32Draw({ amounts: [0.7, 0.3], draws: 10, stock: [], random: createRandom(1) }).remarks).toEqual([]);
  });
});
