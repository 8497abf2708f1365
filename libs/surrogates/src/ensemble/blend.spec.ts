import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#libs/simplex';
import { type Blend, blendMeans, blendOf, blendPredictions, learnBlend } from './blend.js';

function noise(seed: number, n: number, scale: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: n }, () => scale * random.normal());
}

const rows = [...Array(200).keys()];
const column = (...values: number[]) => Float64Array.from(values);

describe('learnBlend', () => {
  it('is not swayed by a row that every member misses by far', () => {
    const [good, poor] = [noise(6, 200, 1), noise(7, 200, 3)];
    const before = learnBlend([good, poor], rows);
    // On that row the poor member happens to be nearer.
    good[17] = 1e4;
    poor[17] = 9e3;
    const after = learnBlend([good, poor], rows);
    expect(after.best).toBe(0);
    expect(after.reach).toBeCloseTo(before.reach, 1);
    expect(after.weights[0]!).toBeCloseTo(before.weights[0]!, 2);
  });

  it('measures the reach in errors of the best member', () => {
    const { best, reach } = learnBlend([noise(1, 200, 2), noise(2, 200, 1)], rows);
    expect(best).toBe(1);
    expect(reach).toBeGreaterThan(2.5);
    expect(reach).toBeLessThan(3.5);
  });
});

describe('a blend', () => {
  const blend: Blend = { weights: [0.5, 0.3, 0.2], best: 0, reach: 0.3 };

  it('is the weighted mean where its members agree', () => {
    const means = [column(2), column(2.001), column(1.999)];
    const expected = 0.5 * 2 + 0.3 * 2.001 + 0.2 * 1.999;
    expect(blendMeans(blend, means)[0]!).toBeCloseTo(expected, 7);
  });

  it('stays within the reach of its best member, whatever the others say', () => {
    const wild = fc.oneof(fc.double({ min: -1e300, max: 1e300, noNaN: true }), fc.constantFrom(Infinity, -Infinity));
    fc.assert(
      fc.property(wild, wild, fc.double({ min: 0, max: 1e300, noNaN: true }), (first, second, error) => {
        const means = [column(2), column(first), column(second)];
        const { mean, errors } = blendPredictions(blend, means, [0.1, column(error), Infinity]);
        expect(Math.abs(mean[0]! - 2)).toBeLessThanOrEqual(0.5 * blend.reach + 1e-12);
        expect(errors[0]!).toBeGreaterThanOrEqual(0.1 * Math.sqrt(0.5));
        expect(errors[0]!).toBeLessThanOrEqual(3 * blend.reach);
      }),
    );
  });

  it('has a standard error that grows with the disagreement of its members', () => {
    const at = (off: number) =>
      blendPredictions(blend, [column(2), column(2 + off), column(2 - off)], [0.1, 0.1, 0.1]).errors[0]!;
    expect(at(0)).toBeCloseTo(0.1, 2);
    expect(at(0.1)).toBeGreaterThan(at(0));
    expect(at(0.2)).toBeGreaterThan(at(0.1));
  });

  it('puts the heaviest member left in the place of a best one that could not be refitted', () => {
    expect(blendOf(blend, [1, 2])).toEqual({ weights: [0.6, 0.4], best: 0, reach: 0.3 });
    expect(blendOf(blend, [0, 2]).best).toBe(0);
  });

  it('is its best member alone where that one makes no error', () => {
    const exact = learnBlend([noise(3, 200, 1), new Float64Array(200)], rows);
    expect(blendMeans(exact, [column(9), column(2)])[0]).toBe(2);
  });
});
