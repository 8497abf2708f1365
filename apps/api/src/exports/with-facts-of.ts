import { type CorpusRecord, InvalidField } from '#libs/sweeps';
import { domainFacts } from './corpus-facts.js';
import type { MixtureToExport } from './find-mixture.js';

/**
 * The same weights with the tokens, documents and locations of another corpus, such as a later version in which they
 * were counted: a sweep keeps the corpus that it began with. Throws InvalidField naming `corpus` where it lacks a domain.
 */
export function withFactsOf(corpus: CorpusRecord, mixture: MixtureToExport): MixtureToExport {
  const facts = new Map(domainFacts(corpus).map((domain) => [domain.domain, domain]));
  const missing = mixture.canonical.domains.filter(({ domain }) => !facts.has(domain)).map(({ domain }) => domain);
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(', ');
    throw new InvalidField('corpus', `${corpus.id} has no domain ${names}`, 'domain-unknown');
  }
  const domains = mixture.canonical.domains.map(({ domain }) => facts.get(domain)!);
  return { ...mixture, canonical: { ...mixture.canonical, domains } };
}
