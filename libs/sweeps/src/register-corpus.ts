import type { CreateCorpus } from '#libs/contracts';
import { contentHash } from './content-hash.js';
import type { SweepContext } from './context.js';
import type { CorpusRecord } from './ports/records.js';

/** The same domains under the same name are the same corpus; a changed domain makes a new version. */
export async function registerCorpus(
  context: SweepContext,
  request: CreateCorpus,
): Promise<{ corpus: CorpusRecord; created: boolean }> {
  const hash = contentHash(request.domains);
  return context.store.transaction(async (tx) => {
    const known = await tx.findCorpusByHash(request.name, hash);
    if (known) return { corpus: known, created: false };
    const corpus: CorpusRecord = {
      id: context.newId('corpus'),
      name: request.name,
      version: (await tx.latestCorpusVersion(request.name)) + 1,
      contentHash: hash,
      createdAt: context.now(),
      domains: request.domains,
    };
    await tx.insertCorpus(corpus);
    return { corpus, created: true };
  });
}
