import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertFeasibleCaps, availabilityCaps, capViolations, checkCaps, fillToCaps } from './caps.js';

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('availabilityCaps', () => {
  it('allows the weight at which a domain is repeated maxEpochs times', () => {
    expect(availabilityCaps([10, 1000], 500, 4)).toEqual([0.08, 1]);
  });

  it('refuses target tokens and epochs that are not positive', () => {
    expect(() => availabilityCaps([1], 0, 4)).toThrow(/targetTokens must be a number in \(0, inf\)/);
    expect(() => availabilityCaps([1], 10, -1)).toThrow(/maxEpochs/);
  });
});

describe('checkCaps', () => {
  it('lists the domains that bind, tightest first, and by how much the caps fall short', () => {
    const check = checkCaps(['a', 'b', 'c'], [0.3, 0.1, 0.4]);
    expect(check.feasible).toBe(false);
    expect(check.shortfall).toBeCloseTo(0.2, 12);
    expect(check.binding).toEqual(['b', 'a', 'c']);
    expect(() => assertFeasibleCaps(['a', 'b', 'c'], [0.3, 0.1, 0.4])).toThrow(
      /0\.2 short of 1\. Binding: "b" <= 0\.1/,
    );
  });

  it('accepts caps that sum to 1, or to 1 but for rounding', () => {
    expect(checkCaps(['a', 'b'], [0.5, 0.5]).feasible).toBe(true);
    expect(checkCaps(['a', 'b', 'c'], [0.1, 0.2, 0.7 - 1e-12]).feasible).toBe(true);
  });
});

describe('fillToCaps', () => {
  it('shares what the caps cut off in proportion to the other weights', () => {
    const filled = fillToCaps([0.8, 0.15, 0.05], [0.4, 1, 1]);
    expect(filled[0]).toBe(0.4);
    expect(filled[1]).toBeCloseTo(0.45, 12);
    expect(filled[2]).toBeCloseTo(0.15, 12);
  });

  it('leaves a mixture within the caps as it is', () => {
    expect(fillToCaps([0.5, 0.3, 0.2], [0.5, 0.9, 0.3])).toEqual([0.5, 0.3, 0.2]);
  });

  it('gives weight to domains that had none when nothing else has room', () => {
    expect(fillToCaps([1, 0, 0], [0.4, 0.2, 0.6])).toEqual([0.4, expect.closeTo(0.15, 12), expect.closeTo(0.45, 12)]);
  });

  it('always ends inside feasible caps with sum 1', () => {
    const rows = fc.integer({ min: 1, max: 15 }).chain((m) =>
      fc.tuple(
        fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true })), {
          minLength: m,
          maxLength: m,
        }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: m, maxLength: m }),
      ),
    );
    fc.assert(
      fc.property(rows, ([raw, caps]) => {
        fc.pre(sum(raw) > 0 && sum(caps) >= 1);
        const filled = fillToCaps(
          raw.map((w) => w / sum(raw)),
          caps,
        );
        expect(sum(filled)).toBeCloseTo(1, 9);
        expect(capViolations(filled, caps)).toEqual([]);
        expect(Math.min(...filled)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
