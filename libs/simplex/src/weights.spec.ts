import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from './invalid-input.error.js';
import { alignToDomains, normaliseWeights } from './weights.js';

function errorOf(work: () => unknown): InvalidInputError {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('normaliseWeights', () => {
  it('accepts a sum within 0.005 of 1, renormalises and reports it', () => {
    const read = normaliseWeights(['a', 'b'], [0.4, 0.604]);
    expect(read.sum).toBeCloseTo(1.004, 12);
    expect(read.renormalised).toBe(true);
    expect(read.weights[0]! + read.weights[1]!).toBeCloseTo(1, 15);
    expect(read.weights[0]! / read.weights[1]!).toBeCloseTo(0.4 / 0.604, 12);
  });

  it('accepts the tolerance itself and leaves exact weights alone', () => {
    expect(normaliseWeights(['a', 'b'], [0.5, 0.505]).renormalised).toBe(true);
    expect(normaliseWeights(['a', 'b'], [0.5, 0.495]).renormalised).toBe(true);
    expect(normaliseWeights(['a', 'b'], [0.25, 0.75])).toEqual({ weights: [0.25, 0.75], sum: 1, renormalised: false });
  });

  it('refuses a sum further off, with the sum', () => {
    const error = errorOf(() => normaliseWeights(['a', 'b'], [0.5, 0.52]));
    expect(error.code).toBe('WEIGHTS_SUM');
    expect(error.message).toContain('1.02');
  });

  it('recognises percentages', () => {
    const error = errorOf(() => normaliseWeights(['a', 'b'], [30, 70]));
    expect(error.code).toBe('WEIGHTS_PERCENT');
    expect(error.message).toContain('percentages');
  });

  it.each([
    [[1.5, -0.5], 'WEIGHT_NEGATIVE', 'b'],
    [[Number.NaN, 1], 'WEIGHT_NOT_FINITE', 'a'],
    [[0, Number.POSITIVE_INFINITY], 'WEIGHT_NOT_FINITE', 'b'],
  ])('refuses %j naming the domain', (values, code, domain) => {
    const error = errorOf(() => normaliseWeights(['a', 'b'], values));
    expect(error.code).toBe(code);
    expect(error.details.domains).toEqual([domain]);
    expect(error.message).toContain(`"${domain}"`);
  });

  it('refuses duplicate, empty and missing names, and the wrong number of weights', () => {
    expect(errorOf(() => normaliseWeights(['a', 'a'], [0.5, 0.5])).code).toBe('DOMAIN_DUPLICATE');
    expect(errorOf(() => normaliseWeights(['a', ' '], [0.5, 0.5])).code).toBe('DOMAIN_UNNAMED');
    expect(errorOf(() => normaliseWeights([], [])).code).toBe('DOMAINS_EMPTY');
    expect(errorOf(() => normaliseWeights(['a', 'b'], [1])).code).toBe('SHAPE');
  });

  it('keeps proportions whatever the weights', () => {
    const weights = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(weights, fc.double({ min: 0.9955, max: 1.0045, noNaN: true }), (raw, sum) => {
        const total = raw.reduce((a, b) => a + b, 0);
        const given = raw.map((w) => (w / total) * sum);
        const read = normaliseWeights(
          raw.map((_, i) => `d${i}`),
          given,
        );
        expect(read.sum).toBeCloseTo(sum, 12);
        const names = raw.map((_, i) => `d${i}`);
        expect(normaliseWeights(names, read.weights).weights).toEqual(read.weights);
        read.weights.forEach((w, i) => {
          expect(w).toBeCloseTo(raw[i]! / total, 12);
        });
      }),
    );
  });
});

describe('alignToDomains', () => {
  it('puts a record in the order of the domains', () => {
    expect(alignToDomains('prior', ['a', 'b'], { b: 2, a: 1 })).toEqual([1, 2]);
  });

  it('names unknown and missing domains', () => {
    const error = errorOf(() => alignToDomains('prior', ['a', 'b'], { a: 1, c: 2 }));
    expect(error.code).toBe('DOMAIN_UNKNOWN');
    expect(error.message).toContain('"c"');
    expect(error.message).toContain('missing from the prior: "b"');
    expect(errorOf(() => alignToDomains('tokens', ['a', 'b'], { a: 1 })).code).toBe('DOMAIN_MISSING');
  });
});
