import type { CorpusRecord, SweepRecord } from '#libs/sweeps';
import type { CanonicalDomain } from '#libs/training-configs';

/** What a trainer's format may need of each domain. Of imported runs some of it, or all, is not known. */
export function domainFacts(corpus: CorpusRecord): CanonicalDomain[] {
  return corpus.domains.map(({ name, tokens, documents, locations }) => ({
    domain: name,
    tokens: tokens ?? undefined,
    documents,
    locations,
  }));
}

/** The same by domain, as `canonicalProposal` takes it beside a document that does not repeat it. */
export function factsByDomain(corpus: CorpusRecord) {
  const facts = domainFacts(corpus);
  const byDomain = <T>(read: (domain: CanonicalDomain) => T | undefined): Record<string, T> =>
    Object.fromEntries(
      facts.flatMap((domain) => {
        const value = read(domain);
        return value === undefined ? [] : [[domain.domain, value]];
      }),
    );
  return {
    tokens: byDomain(({ tokens }) => tokens),
    documents: byDomain(({ documents }) => documents),
    locations: byDomain(({ locations }) => locations),
  };
}

/**
 * Length of the run and the most passes over a domain that the weights are for: those of the proposal's document, which
 * may have been made with constraints of its own, else the sweep's. A run is as long as the corpus unless it is said.
 */
export function limitsOf(
  document: Readonly<Record<string, unknown>>,
  { specification: { constraints } }: SweepRecord,
  corpus: CorpusRecord,
): { targetTokens?: number; maxEpochs?: number } {
  const stated = (document.constraints ?? {}) as Readonly<Record<string, unknown>>;
  const read = (name: 'targetTokens' | 'maxEpochs') => {
    const value = stated[name];
    return typeof value === 'number' ? value : constraints[name];
  };
  const total = corpus.domains.reduce((sum, { tokens }) => sum + (tokens ?? Number.NaN), 0);
  return {
    targetTokens: read('targetTokens') ?? (Number.isNaN(total) ? undefined : total),
    maxEpochs: read('maxEpochs'),
  };
}
