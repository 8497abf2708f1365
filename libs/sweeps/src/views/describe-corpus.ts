import type { CorpusResponse } from '#libs/contracts';
import type { CorpusRecord } from '../ports/records.js';

export function describeCorpus(corpus: CorpusRecord): CorpusResponse {
  const total = corpus.domains.reduce((sum, domain) => sum + domain.tokens, 0);
  return {
    id: corpus.id,
    name: corpus.name,
    version: corpus.version,
    contentHash: corpus.contentHash,
    createdAt: corpus.createdAt.toISOString(),
    domains: corpus.domains.map((domain) => ({ ...domain, naturalWeight: domain.tokens / total })),
  };
}
