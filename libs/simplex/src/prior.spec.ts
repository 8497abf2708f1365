import { describe, expect, it } from 'vitest';
import { naturalPrior, temperPrior } from './prior.js';

describe('priors', () => {
  it('are token shares', () => {
    expect(naturalPrior(['a', 'b'], [30, 10])).toEqual([0.75, 0.25]);
    expect(() => naturalPrior(['a', 'b'], [0, 0])).toThrow(/no domain has tokens/);
    expect(() => naturalPrior(['a', 'b'], [1, -1])).toThrow(/tokens of "b"/);
  });

  it('are flattened by tempering, and domains without mass stay without', () => {
    const tempered = temperPrior([0.64, 0.36, 0], 0.5);
    expect(tempered[0]).toBeCloseTo(0.8 / 1.4, 12);
    expect(tempered[1]).toBeCloseTo(0.6 / 1.4, 12);
    expect(tempered[2]).toBe(0);
    expect(temperPrior([0.9, 0.1], 0)).toEqual([0.5, 0.5]);
  });
});
