import { describe, expect, it } from 'vitest';
import { l1Distance, nearestMixture, totalVariation } from './distance.js';

describe('distances', () => {
  it('are 0 for equal and extreme for disjoint mixtures', () => {
    expect(l1Distance([1, 0], [0, 1])).toBe(2);
    expect(totalVariation([1, 0], [0, 1])).toBe(1);
    expect(totalVariation([0.5, 0.5], [0.5, 0.5])).toBe(0);
  });

  it('find the nearest mixture, the first of equals', () => {
    const mixtures = [
      [1, 0],
      [0.5, 0.5],
      [0.7, 0.3],
    ];
    expect(nearestMixture([0.6, 0.4], mixtures)).toEqual({ index: 1, distance: expect.closeTo(0.1, 12) });
    expect(() => nearestMixture([1], [])).toThrow(/at least one mixture/);
  });
});
