// What a weight counts. A proposal holds shares of training tokens; trainers draw packed sequences, draw documents, or
// repeat whole data sets. For a domain i with w_i of the tokens, t_i tokens in d_i documents and a run of T tokens:
//
//   sequences   a_i = w_i                                    every packed sequence has the same number of tokens
//   documents   a_i = (w_i d_i / t_i) / Σ_j (w_j d_j / t_j)  a domain of short documents is drawn more often
//   epochs      a_i = w_i T / t_i                            passes over the domain
//   kept        a_i = (w_i / t_i) / max_j (w_j / t_j)        rows kept, at most all of them: the ratios alone are met
//
// Backwards every unit is w_i ∝ a_i × (tokens that one a_i stands for): 1, t_i / d_i, t_i, t_i.
import { InvalidInputError } from '#libs/simplex';
import type { CanonicalDomain } from '../proposal/canonical-proposal.js';
import { nameList } from '../writing/name-list.js';

export type Unit = 'sequences' | 'documents' | 'epochs' | 'kept';

export const unitDescriptions: Readonly<Record<Unit, string>> = {
  sequences: 'share of packed sequences of one length, which is the share of training tokens',
  documents: "share of the documents drawn: token shares divided by each domain's mean tokens per document",
  epochs: 'passes over the domain: its share of the run in tokens, divided by the tokens it has',
  kept: "share of the domain's rows that is kept, at most 1: only the ratio of the passes can be met",
};

/** What a unit must know of every domain besides its weight, for `cuvee formats` and GET /v1/formats. */
export const unitNeeds: Readonly<Record<Unit, readonly ('tokens' | 'documents' | 'targetTokens')[]>> = {
  sequences: [],
  documents: ['tokens', 'documents'],
  epochs: ['tokens', 'targetTokens'],
  kept: ['tokens'],
};

type Facts = Pick<CanonicalDomain, 'domain' | 'tokens' | 'documents'>;

/**
 * Amounts in the unit of a trainer for m token shares; a share of 0 becomes an amount of 0 and needs no facts.
 * @param weights m token shares, sum 1
 * @param domains the m domains they belong to
 * @param targetTokens length of the run (or of the phase) in tokens, for "epochs"
 * @throws InvalidInputError UNIT_FACTS_MISSING, naming the domains and what is not known of them
 */
export function toAmounts(
  unit: Unit,
  weights: readonly number[],
  domains: readonly Facts[],
  targetTokens: number | undefined,
): number[] {
  if (unit === 'sequences') return [...weights];
  const tokensPer = tokensPerAmount(unit, domains, (i) => weights[i]! > 0);
  const raw = weights.map((weight, i) => (weight === 0 ? 0 : weight / tokensPer[i]!));
  if (unit === 'epochs') {
    if (targetTokens === undefined) {
      throw new InvalidInputError(
        'UNIT_FACTS_MISSING',
        'passes over each domain depend on how long the run is: give the tokens of the run as targetTokens',
        { argument: 'targetTokens', allowed: 'a number of tokens above 0' },
      );
    }
    return raw.map((value) => value * targetTokens);
  }
  const scale = unit === 'kept' ? Math.max(...raw) : raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => value / scale);
}

/**
 * Token shares of m amounts in a trainer's unit: the inverse of `toAmounts`, whatever the amounts sum to.
 * @throws InvalidInputError UNIT_FACTS_MISSING
 */
export function toTokenShares(unit: Unit, amounts: readonly number[], domains: readonly Facts[]): number[] {
  const tokensPer = tokensPerAmount(unit, domains, (i) => amounts[i]! > 0);
  const tokens = amounts.map((amount, i) => (amount === 0 ? 0 : amount * tokensPer[i]!));
  const total = tokens.reduce((sum, value) => sum + value, 0);
  return tokens.map((value) => value / total);
}

function tokensPerAmount(unit: Unit, domains: readonly Facts[], isUsed: (index: number) => boolean): number[] {
  if (unit === 'sequences') return domains.map(() => 1);
  const known = (domain: Facts) =>
    domain.tokens !== undefined && (unit !== 'documents' || domain.documents !== undefined);
  const missing = domains.filter((domain, i) => isUsed(i) && !known(domain)).map(({ domain }) => domain);
  if (missing.length > 0) {
    const what = unit === 'documents' ? 'tokens and documents' : 'tokens';
    throw new InvalidInputError(
      'UNIT_FACTS_MISSING',
      `this trainer's weights count ${unit === 'documents' ? 'documents' : 'passes over the data'}, and to convert token ` +
        `shares the ${what} of ${nameList(missing)} must be known: give a corpus that has them`,
      { argument: 'corpus', domains: missing, allowed: `${what} of every domain with a weight` },
    );
  }
  return domains.map(({ tokens, documents }) => {
    if (unit === 'documents') return (tokens ?? 0) / (documents ?? 1);
    return tokens ?? 0;
  });
}
