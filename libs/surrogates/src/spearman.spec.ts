import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import cases from '../fixtures/spearman.json' with { type: 'json' };
import { averageRanks, spearman } from './spearman.js';

describe('spearman', () => {
  it.each(cases)('averages ties as its definition does (rho $rho)', ({ a, b, ranks, rho }) => {
    expect(Array.from(averageRanks(a))).toEqual(ranks);
    expect(spearman(a, b)).toBeCloseTo(rho, 12);
  });

  it('is symmetric, and blind to any increasing change of scale', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
      minLength: 3,
    });
    fc.assert(
      fc.property(pairs, (rows) => {
        const a = rows.map(([x]) => x);
        const b = rows.map(([, y]) => y);
        const rho = spearman(a, b);
        expect(spearman(b, a)).toBe(rho);
        expect(
          spearman(
            a.map((x) => Math.exp(x / 3)),
            b,
          ),
        ).toBe(rho);
        if (rho !== null)
          expect(
            spearman(
              a.map((x) => -x),
              b,
            ),
          ).toBeCloseTo(-rho, 12);
      }),
    );
  });

  it('is null, not NaN, where there is no order', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(spearman([1], [2])).toBeNull();
  });
});
