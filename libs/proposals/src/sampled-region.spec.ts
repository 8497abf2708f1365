import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet, totalVariation } from '#libs/simplex';
import { neighbourDistances } from './neighbour-distances.js';
import { locateInSamples, neighbourLimit } from './sampled-region.js';

/** Every pair, every domain: what the bounds must not change. */
function everyPair(mixtures: readonly ArrayLike<number>[], rows: readonly number[]): number[] {
  return rows.map((r) => {
    const others = mixtures.map((other) => totalVariation(mixtures[r]!, other)).filter((distance) => distance > 1e-9);
    return Math.min(...others);
  });
}

describe('distances to the nearest distinct mixture', () => {
  it('are those of every pair to the last bit, with sparse weights, repeats and sums that are not quite 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0.02, max: 3, noNaN: true }),
        fc.integer({ min: 0, max: 1000 }),
        (n, m, strength, seed) => {
          const random = createRandom(seed);
          const drawn = Array.from({ length: n }, () => Array.from(sampleDirichlet(random, Array(m).fill(strength))));
          const scaled = drawn.map((row) => row.map((weight) => weight * (1 + 1e-3 * (random.uniform() - 0.5))));
          const mixtures = [...drawn, ...scaled, ...drawn.slice(0, Math.ceil(n / 3))];
          const rows = [...mixtures.keys()].filter((r) => r % 2 === 0);
          expect([...neighbourDistances(mixtures, rows)]).toEqual(everyPair(mixtures, rows));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are infinite where all mixtures are the same, and their limit is 0', () => {
    const same = [
      [0.3, 0.7],
      [0.3, 0.7],
    ];
    expect([...neighbourDistances(same, [0, 1])]).toEqual([Infinity, Infinity]);
    expect(neighbourLimit(same)).toBe(0);
    expect(neighbourLimit([])).toBe(0);
  });
});

describe('the limit of the sampled region', () => {
  /** Points on a line of two domains, this far apart. */
  const line = (gaps: readonly number[]) => {
    let at = 0;
    return [0, ...gaps].map((gap) => {
      at += gap;
      return [at, 1 - at];
    });
  };

  it('is the 95th percentile of the distances', () => {
    // 19 distances of 0.01 and two of 0.2: the second of the two largest lies above the percentile.
    expect(neighbourLimit(line([...Array(18).fill(0.01), 0.2]))).toBeCloseTo(0.01, 12);
    expect(neighbourLimit(line([...Array(17).fill(0.01), 0.2, 0.3]))).toBeCloseTo(0.2, 12);
  });

  it('asks evenly spaced rows of many, and compares each of them with all', () => {
    // Pairs 1e-5 apart: a row asked finds its twin among the rows that are not asked.
    const pairs = Array.from({ length: 1500 }, (_, i) => [i / 2000, i / 2000 + 1e-5]).flat();
    const mixtures = pairs.map((weight) => [weight, 1 - weight]);
    expect(neighbourLimit(mixtures)).toBeCloseTo(1e-5, 12);
  });

  it('puts a mixture outside that is further away than that, or has far more of a domain than any run', () => {
    const mixtures = line(Array(20).fill(0.01));
    expect(locateInSamples([0.205, 0.795], mixtures)).toMatchObject({ index: 20, outside: false, unseen: [] });
    expect(locateInSamples([0.3, 0.7], mixtures)).toMatchObject({ index: 20, outside: true, unseen: [] });
    expect(locateInSamples([0.5, 0.5], mixtures)).toMatchObject({ outside: true, unseen: [{ domain: 0 }] });
  });
});
