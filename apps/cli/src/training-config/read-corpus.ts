import { createCorpusSchema } from '#libs/contracts';
import type { CanonicalDomain, ProposalDetails } from '#libs/training-configs';
import { readAs } from '../offline/read-domain-record.js';

export interface CorpusFile {
  /** Stock and location of every domain; templates of the corpus stand where a domain has no location of its own. */
  readonly domains: readonly CanonicalDomain[];
  /** The same, as a proposal takes it. */
  readonly details: ProposalDetails;
}

/** A corpus as it would be registered. Throws UnusableInput. */
export async function readCorpus(path: string): Promise<CorpusFile> {
  const { domains, locations } = await readAs(createCorpusSchema, path);
  const known = domains.map(
    ({ name, tokens, documents, locations: own }): CanonicalDomain => ({
      domain: name,
      tokens,
      documents,
      locations: { ...locations, ...own },
    }),
  );
  const byDomain = <T>(of: (domain: CanonicalDomain) => T | undefined) =>
    Object.fromEntries(known.flatMap((domain) => (of(domain) === undefined ? [] : [[domain.domain, of(domain) as T]])));
  return {
    domains: known,
    details: {
      tokens: byDomain(({ tokens }) => tokens),
      documents: byDomain(({ documents }) => documents),
      locations: byDomain(({ locations }) => locations),
    },
  };
}
