// What the specs of every format are fed with.
import { type CanonicalProposal, canonicalProposal } from '../src/index.js';

/** Names that a careless writer would let a loader misread, and that every format takes. */
const names = ['web', 'code.v2', 'wiki-en', '1st-party', 'q_a', 'none'] as const;

const facts = {
  tokens: { web: 3e10, 'code.v2': 8e9, 'wiki-en': 4e9, '1st-party': 2.5e9, q_a: 1e6, none: 1000 },
  documents: { web: 4e7, 'code.v2': 1e7, 'wiki-en': 6e6, '1st-party': 25_000, q_a: 5000, none: 2 },
  targetTokens: 1e10,
};

/**
 * The proposal of the golden files: a weight of 0, one of 1e-7, and sums that only rounding can mend.
 * @param least stands for 1e-7 where a trainer cannot hold so little
 */
export function onePhase(least = 1e-7): CanonicalProposal {
  return canonicalProposal(
    {
      id: 'prp_golden',
      hash: 'sha256:0123456789abcdef',
      createdAt: '2026-11-22T00:00:00.000Z',
      weights: mixture([6 / 11, 3 / 11, 1 / 11, 1 / 11 - least, least, 0]),
      provenance: { sweepId: 'swp_golden', seed: 42 },
    },
    facts,
  );
}

/** The same run with another mixture from 90 % on, in which two domains have no part. */
export function twoPhases(least = 1e-7): CanonicalProposal {
  return canonicalProposal(
    {
      id: 'prp_golden',
      hash: 'sha256:0123456789abcdef',
      createdAt: '2026-11-22T00:00:00.000Z',
      phases: [
        { name: 'stable', start: 0, weights: mixture([0.7, 0.2, 0.1 - least, 0, least, 0]) },
        { name: 'anneal', start: 0.9, weights: mixture([1 / 3, 1 / 3, 0, 1 / 3, 0, 0]) },
      ],
      provenance: { sweepId: 'swp_golden', seed: 42 },
    },
    facts,
  );
}

function mixture(weights: readonly number[]): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, weights[i]!]));
}
