import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAmounts, toTokenShares, type Unit, unitDescriptions, unitNeeds } from './units.js';

const units = Object.keys(unitDescriptions) as Unit[];

const domains = [
  { domain: 'web', tokens: 4e9, documents: 4e6 },
  { domain: 'books', tokens: 1e9, documents: 1e4 },
  { domain: 'none', tokens: undefined, documents: undefined },
];

describe('toAmounts', () => {
  it.each([
    ['sequences', [0.8, 0.2, 0]],
    // 1000 and 100 000 tokens a document: 8e-4 and 2e-6 documents a token.
    ['documents', [8e-4 / 8.02e-4, 2e-6 / 8.02e-4, 0]],
    ['epochs', [(0.8 * 2e9) / 4e9, (0.2 * 2e9) / 1e9, 0]],
    // Both are met in the ratio 0.2 : 0.2 of their size, so all of each is kept.
    ['kept', [1, 1, 0]],
  ] as const)('turns shares of tokens into %s', (unit, expected) => {
    const amounts = toAmounts(unit, [0.8, 0.2, 0], domains, 2e9);
    for (const [i, amount] of expected.entries()) expect(amounts[i]).toBeCloseTo(amount, 14);
  });

  it('keeps at most all rows of a domain, and all of one', () => {
    const amounts = toAmounts('kept', [0.5, 0.5, 0], domains, undefined);
    expect(Math.max(...amounts)).toBe(1);
    expect(amounts).toEqual([0.25, 1, 0]);
  });

  it('needs no facts of a domain without weight, and names every domain whose facts it lacks', () => {
    for (const unit of units) expect(toAmounts(unit, [0.5, 0.5, 0], domains, 1e9)[2]).toBe(0);
    const bare = [{ domain: 'a' }, { domain: 'b', tokens: 10 }];
    expect(toAmounts('sequences', [0.5, 0.5], bare, undefined)).toEqual([0.5, 0.5]);
    expect(() => toAmounts('documents', [0.5, 0.5], bare, 1)).toThrow('the tokens and documents of "a", "b"');
    expect(() => toAmounts('epochs', [0.5, 0.5], bare, 1)).toThrow('the tokens of "a" must be known');
    const many = Array.from({ length: 300 }, (_, i) => ({ domain: `d${i}` }));
    const even = many.map(() => 1 / 300);
    expect(() => toAmounts('epochs', even, many, 1)).toThrow(/^.{0,300}"d9", and 290 more must be known/);
    expect(() => toAmounts('epochs', [0, 1], bare, undefined)).toThrow('give the tokens of the run as targetTokens');
  });

  it.each(units)('%s: needs exactly the facts that it is said to need', (unit) => {
    const facts = { tokens: 10, documents: 2 };
    const works = (lacking: string) => {
      const domain = { domain: 'a', ...facts, [lacking]: undefined };
      try {
        toAmounts(unit, [1], [domain], lacking === 'targetTokens' ? undefined : 100);
        return true;
      } catch {
        return false;
      }
    };
    for (const fact of ['tokens', 'documents', 'targetTokens'] as const) {
      expect(works(fact), fact).toBe(!unitNeeds[unit].includes(fact));
    }
  });
});

describe('toTokenShares', () => {
  const corpora = fc.array(
    fc.record({
      weight: fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1, noNaN: true })),
      tokens: fc.integer({ min: 1, max: 1e9 }),
      documents: fc.integer({ min: 1, max: 1e6 }),
    }),
    { minLength: 1, maxLength: 40 },
  );

  it.each(units)('%s: undoes toAmounts', (unit) => {
    fc.assert(
      fc.property(corpora, fc.double({ min: 1, max: 1e13, noNaN: true }), (corpus, target) => {
        const total = corpus.reduce((sum, { weight }) => sum + weight, 0);
        fc.pre(total > 0);
        const weights = corpus.map(({ weight }) => weight / total);
        const facts = corpus.map(({ tokens, documents }, i) => ({ domain: `d${i}`, tokens, documents }));
        const shares = toTokenShares(unit, toAmounts(unit, weights, facts, target), facts);
        for (const [i, share] of shares.entries()) expect(Math.abs(share - weights[i]!)).toBeLessThan(1e-14);
      }),
    );
  });

  it('does not mind what the amounts sum to, as trainers normalise them', () => {
    expect(toTokenShares('sequences', [2, 6], domains)).toEqual([0.25, 0.75]);
    expect(toTokenShares('documents', [100, 1], domains)).toEqual([0.5, 0.5]);
    expect(toTokenShares('epochs', [1, 4], domains)).toEqual([0.5, 0.5]);
  });
});
