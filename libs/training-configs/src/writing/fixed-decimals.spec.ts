import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedDecimal, fixedDecimals, vanishesInPrint } from './fixed-decimals.js';

const units = (text: string) => BigInt(text.replace('.', '').padEnd(text.indexOf('.') + 15, '0'));

describe('fixedDecimals', () => {
  it('puts the rounding residue on the largest share', () => {
    expect(fixedDecimals([1 / 3, 1 / 3, 1 / 3])).toEqual([
      '0.333333333333334',
      '0.333333333333333',
      '0.333333333333333',
    ]);
    expect(fixedDecimals([0.6, 0.3, 0.1])).toEqual(['0.600000000000', '0.300000000000', '0.100000000000']);
    expect(fixedDecimals([1])).toEqual(['1.000000000000']);
    expect(fixedDecimals([])).toEqual([]);
  });

  it('sums to exactly 1, stays within 1e-12 of each share and writes no exponent', () => {
    const shares = fc
      .array(fc.double({ min: -15, max: 0, noNaN: true }), { minLength: 1, maxLength: 300, size: 'max' })
      .map((decades) => {
        const raw = decades.map((decade) => 10 ** decade);
        const sum = raw.reduce((total, value) => total + value, 0);
        return raw.map((value) => value / sum);
      });
    fc.assert(
      fc.property(shares, (weights) => {
        const texts = fixedDecimals(weights);
        expect(texts.reduce((sum, text) => sum + units(text), 0n)).toBe(10n ** 15n);
        for (const [i, text] of texts.entries()) {
          expect(text).toMatch(/^[01]\.\d{12,15}$/);
          expect(Math.abs(Number(text) - weights[i]!)).toBeLessThanOrEqual(1e-12);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('fixedDecimal', () => {
  it.each([
    [4, '4.000000000000'],
    [0.1, '0.100000000000'],
    [1 / 3, '0.333333333333333'],
    [12345.678901234567, '12345.678901234567'],
    [1e-7, '0.000000100000'],
    // A small amount keeps its fifteen digits.
    [1.23456789012345e-9, '0.00000000123456789012345'],
    [0, '0.000000000000'],
    [1e20, '100000000000000000000.000000000000'],
  ])('writes %d', (amount, text) => {
    expect(fixedDecimal(amount).slice(0, 17)).toBe(text.slice(0, 17));
    expect(Number(fixedDecimal(amount))).toBeCloseTo(amount, 15);
    expect(fixedDecimal(amount)).toMatch(/^\d+\.\d{12,}$/);
  });

  it('keeps fourteen digits and more of any amount', () => {
    fc.assert(
      fc.property(fc.double({ min: -14, max: 20, noNaN: true }), (decade) => {
        const amount = 10 ** decade;
        expect(Math.abs(Number(fixedDecimal(amount)) / amount - 1)).toBeLessThan(1e-14);
      }),
    );
  });
});

describe('vanishesInPrint', () => {
  it('is said of what would be written as nothing, and not of nothing itself', () => {
    expect([0, 4e-16, 5e-16, 1e-9].map(vanishesInPrint)).toEqual([false, true, false, false]);
  });
});
