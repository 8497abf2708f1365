import { InvalidInputError } from '#libs/simplex';
import type { CanonicalDomain, CanonicalProposal } from './canonical-proposal.js';
import { assertPhases } from './read-phases.js';

export interface LaterPhase {
  /** What the text before the "@" names: a proposal, a sweep, a file. */
  readonly reference: string;
  /** Null: "phase-2" and so on. */
  readonly name: string | null;
  readonly start: number;
}

/**
 * Reads `[name=]reference@start`, such as `anneal=prp_2@0.9`: from 90 % of the run on, the mixture of prp_2.
 * Throws InvalidInputError PHASES.
 */
export function readLaterPhase(text: string): LaterPhase {
  const match = /^(?:(?<name>[A-Za-z0-9][A-Za-z0-9._-]*)=)?(?<reference>.*[^=])@(?<start>\d*\.?\d+%?)$/.exec(text);
  if (!match?.groups) {
    throw new InvalidInputError(
      'PHASES',
      `a later phase is given as [name=]proposal@start, such as anneal=prp_2@0.9; got ${JSON.stringify(text)}`,
      { argument: 'then', value: text, allowed: '[name=]proposal@start' },
    );
  }
  const { name, reference, start } = match.groups;
  const number = start!.endsWith('%') ? Number(start!.slice(0, -1)) / 100 : Number(start);
  return { name: name ?? null, reference: reference!, start: number };
}

/**
 * One proposal out of several: the first from the start of the run, each later one from its own start on. Domains that
 * only some of them have get weight 0 in the others. Length, hash and provenance are those of the first.
 * Throws InvalidInputError PHASES.
 */
export function inPhases(
  first: CanonicalProposal,
  later: readonly { readonly name: string | null; readonly start: number; readonly proposal: CanonicalProposal }[],
): CanonicalProposal {
  if (later.length === 0) return first;
  const parts = [{ name: 'phase-1', start: 0, proposal: first }, ...later];
  const several = parts.find(({ proposal }) => proposal.phases.length > 1);
  if (several) {
    throw new InvalidInputError(
      'PHASES',
      `${several.proposal.proposalId ?? 'the document'} has phases of its own already`,
      {
        argument: 'then',
      },
    );
  }
  const domains = new Map<string, CanonicalDomain>();
  for (const { proposal } of parts) {
    for (const domain of proposal.domains) if (!domains.has(domain.domain)) domains.set(domain.domain, domain);
  }
  const phases = parts.map(({ name, start, proposal }, i) => {
    const weights = new Map(proposal.domains.map(({ domain }, d) => [domain, proposal.phases[0]!.weights[d]!]));
    return {
      ...proposal.phases[0]!,
      name: name ?? `phase-${i + 1}`,
      start,
      weights: [...domains.keys()].map((domain) => weights.get(domain) ?? 0),
    };
  });
  assertPhases(phases);
  return {
    ...first,
    domains: [...domains.values()],
    phases,
    provenance: {
      ...first.provenance,
      phases: phases.map(({ name, proposalId, hash }) => ({ name, proposalId, hash })),
    },
    notes: parts.flatMap(({ proposal }) => proposal.notes),
  };
}
