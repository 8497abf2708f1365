import { contentHash } from './content-hash.js';
import type { SweepContext } from './context.js';
import type { CorpusRecord, DomainRecord } from './ports/records.js';

/** The same domains under the same name are the same corpus; a changed domain makes a new version. */
export function registerCorpus(
  context: SweepContext,
  { name, domains }: { name: string; domains: DomainRecord[] },
): Promise<{ corpus: CorpusRecord; created: boolean }> {
  const hash = contentHash(domains);
  return context.store.transaction(async (tx) => {
    const known = await tx.findCorpusByHash(name, hash);
    if (known) return { corpus: known, created: false };
    const corpus: CorpusRecord = {
      id: context.newId('corpus'),
      name,
      version: (await tx.latestCorpusVersion(name)) + 1,
      contentHash: hash,
      createdAt: context.now(),
      domains,
    };
    await tx.insertCorpus(corpus);
    return { corpus, created: true };
  });
}
