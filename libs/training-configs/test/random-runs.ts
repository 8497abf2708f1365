// Random mixtures for the specs of every format: 2 to 300 domains, weights over nine decades and exact zeros, domains
// of a million to ten trillion tokens in documents of any length.
import fc from 'fast-check';
import { type CanonicalProposal, canonicalProposal } from '../src/index.js';

export interface RandomRun {
  readonly proposal: CanonicalProposal;
  readonly phases: number;
}

/** A name that no format has reason to refuse: distinct, and none another with something after a "-". */
const base = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(?:[.-][a-z0-9]{1,6}){0,2}$/);

/** The base-ten logarithm of a weight before it is normalised; null for a weight of exactly 0. */
const decade = (least: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: Math.log10(least), max: 0, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant(null) },
  );

const domain = (least: number) =>
  fc.record({
    base,
    decades: fc.tuple(decade(least), decade(least), decade(least)),
    tokens: fc.double({ min: 6, max: 13, noNaN: true }),
    /** Tokens of a document. */
    length: fc.double({ min: 1, max: 5, noNaN: true }),
  });

/**
 * @param least the smallest weight above 0
 * @param most the most domains
 */
export function randomRuns(least: number, most: number, phases: readonly number[]): fc.Arbitrary<RandomRun> {
  return fc
    .record({
      domains: fc.oneof(
        { weight: 3, arbitrary: fc.array(domain(least), { minLength: 2, maxLength: Math.min(8, most) }) },
        { weight: 1, arbitrary: fc.array(domain(least), { minLength: 2, maxLength: most, size: 'max' }) },
      ),
      phases: fc.constantFrom(...phases),
      targetTokens: fc.double({ min: 10, max: 13, noNaN: true }),
    })
    .map(({ domains, phases, targetTokens }) => {
      const names = domains.map(({ base }, i) => `${base}_${i}`);
      const byName = (value: (index: number) => number) =>
        Object.fromEntries(names.map((name, i) => [name, value(i)] as const));
      const tokens = byName((i) => Math.round(10 ** domains[i]!.tokens));
      const starts = [0, 0.5, 0.875].slice(0, phases);
      return {
        phases,
        proposal: canonicalProposal({
          id: 'prp_random',
          hash: 'sha256:feedbeef',
          phases: starts.map((start, p) => ({ name: `part-${p + 1}`, start, weights: shares(p) })),
          tokens,
          documents: byName((i) => Math.max(1, Math.round(tokens[names[i]!]! / 10 ** domains[i]!.length))),
          targetTokens: Math.round(10 ** targetTokens),
        }),
      };

      /** One domain, another one in every phase, has the largest weight for certain. */
      function shares(phase: number): Record<string, number> {
        const raw = domains.map(({ decades }, i) => {
          const exponent = decades[phase]!;
          if (i === phase % domains.length) return 1;
          return exponent === null ? 0 : 10 ** exponent;
        });
        const sum = raw.reduce((total, value) => total + value, 0);
        const kept = raw.map((value) => (value / sum < least ? 0 : value));
        const rest = kept.reduce((total, value) => total + value, 0);
        return byName((i) => kept[i]! / rest);
      }
    });
}
