import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { greedyBlend } from './greedy-blend.js';

/**
 * The rule of helpers.cpp, written down again in another way: errors are kept in units of draws for one source after the
 * other, the list is sorted stably, and the first takes the draw.
 */
function replay(amounts: readonly number[], draws: number): number[] {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const taken = amounts.map(() => 0);
  for (let sample = 0; sample < draws; sample++) {
    const errors = amounts.map((amount, dataset) => ({
      dataset,
      error: (amount / sum) * (sample === 0 ? 1 : sample) - taken[dataset]!,
    }));
    const [first] = errors.sort((a, b) => b.error - a.error || a.dataset - b.dataset);
    taken[first!.dataset]! += 1;
  }
  return taken;
}

const weights = (m: number, seed: number, decades: number): number[] => {
  const random = createRandom(seed);
  const raw = Array.from({ length: m }, () => Math.exp(-Math.LN10 * decades * random.uniform()));
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => value / sum);
};

describe('greedyBlend', () => {
  it('draws what an independent replay of the rule draws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.double({ min: 1e-9, max: 1, noNaN: true })), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.integer({ min: 1, max: 300 }),
        (amounts, draws) => {
          expect(greedyBlend({ amounts, draws }).counts).toEqual(replay(amounts, draws));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives equal weights to the first in the list first', () => {
    expect(greedyBlend({ amounts: [1, 1, 1], draws: 1 }).counts).toEqual([1, 0, 0]);
    expect(greedyBlend({ amounts: [1, 1, 1], draws: 2 }).counts).toEqual([1, 1, 0]);
    expect(greedyBlend({ amounts: [1, 1, 1], draws: 7 }).counts).toEqual([3, 2, 2]);
    expect(greedyBlend({ amounts: [0.5, 0.25, 0.25], draws: 4 }).counts).toEqual([2, 1, 1]);
  });

  it('divides weights of any sum by it', () => {
    expect(greedyBlend({ amounts: [2, 6], draws: 100 }).counts).toEqual([25, 75]);
  });

  it('draws a weight of 0 once at most: when no other source is behind, as the trainers do', () => {
    expect(greedyBlend({ amounts: [0, 1, null], draws: 10 }).counts).toEqual([1, 9, 0]);
    expect(greedyBlend({ amounts: [0.5, 0.5, 0], draws: 1000 }).counts).toEqual([500, 500, 0]);
  });

  const harmonic = (k: number): number => (k === 0 ? 0 : 1 / k + harmonic(k - 1));

  it.each([2, 3, 10, 50, 300])('has %i sources within the bound after 10,000 draws and at any time before', (m) => {
    for (const decades of [0, 2, 9]) {
      const amounts = weights(m, m, decades);
      for (const draws of [1, 2, 17, 999, 10_000]) {
        const { counts } = greedyBlend({ amounts, draws });
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(draws);
        counts.forEach((count, i) => {
          const behind = amounts[i]! * draws - count;
          expect(-behind).toBeLessThan(1);
          expect(behind).toBeLessThanOrEqual(harmonic(m - 1) - 1 + amounts[i]! + 1e-9);
        });
      }
    }
  });

  it('can be more than one draw behind: shares within 1/N of the target are no property of the rule', () => {
    const amounts = weights(10, 10, 9);
    const { counts } = greedyBlend({ amounts, draws: 10_000 });
    expect(Math.max(...counts.map((count, i) => amounts[i]! * 10_000 - count))).toBeGreaterThan(1.3);
  });

  it('says which sources the preview is too short for, by their domain where that is known', () => {
    const amounts = [0.9998, 0.0001, 0.0001];
    const stock = [{}, { domain: 'rare' }, {}];
    expect(greedyBlend({ amounts, draws: 1000, stock }).remarks).toEqual([
      'in 1000 draws less than one is due to "rare", source 3: a longer preview (draws) shows what they get',
    ]);
    expect(greedyBlend({ amounts, draws: 10_000, stock }).remarks).toEqual([]);
    const [many] = greedyBlend({ amounts: [1, ...new Array<number>(8).fill(1e-9)], draws: 1000 }).remarks;
    expect(many).toContain('source 2, source 3, source 4, source 5, source 6 and 3 more:');
  });

  it('previews 10,000 draws from 300 sources in a fraction of a second', () => {
    const amounts = weights(300, 3, 3);
    greedyBlend({ amounts, draws: 1000 });
    const start = performance.now();
    greedyBlend({ amounts, draws: 10_000 });
    expect(performance.now() - start).toBeLessThan(500);
  });
});
