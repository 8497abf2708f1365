import type { CorpusResponse } from '#libs/contracts';
import type { CorpusRecord } from '../ports/records.js';

export function describeCorpus(corpus: CorpusRecord): CorpusResponse {
  // NaN unless the tokens of every domain are known.
  const total = corpus.domains.reduce((sum, domain) => sum + (domain.tokens ?? Number.NaN), 0);
  return {
    id: corpus.id,
    name: corpus.name,
    version: corpus.version,
    contentHash: corpus.contentHash,
    createdAt: corpus.createdAt.toISOString(),
    domains: corpus.domains.map((domain) => ({
      ...domain,
      naturalWeight: domain.tokens === null || Number.isNaN(total) ? null : domain.tokens / total,
    })),
  };
}
