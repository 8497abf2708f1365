import { contentHash } from './content-hash.js';
import type { SweepContext } from './context.js';
import { expandLocations } from './expand-locations.js';
import type { CorpusRecord, DomainRecord } from './ports/records.js';

/**
 * The same domains under the same name are the same corpus; a changed domain makes a new version. Locations belong to
 * the domains, however they were given: see `expandLocations`, whose errors it throws.
 */
export async function registerCorpus(
  context: SweepContext,
  given: { name: string; domains: readonly DomainRecord[]; locations?: Readonly<Record<string, string>> },
): Promise<{ corpus: CorpusRecord; created: boolean }> {
  const { name } = given;
  const domains = expandLocations(given.domains, given.locations);
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
