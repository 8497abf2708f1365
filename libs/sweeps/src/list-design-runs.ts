import type { RunRecord } from './ports/records.js';
import type { Store } from './ports/store.port.js';

/** A page is read without a break: between two of them other work gets its turn. */
const page = 500;

/** All design runs of a sweep, by index: ten thousand of a hundred weights each, if need be. */
export async function listDesignRuns(store: Store, sweepId: string): Promise<RunRecord[]> {
  const found: RunRecord[] = [];
  for (;;) {
    const { runs, total } = await store.listRuns(sweepId, { role: 'design', offset: found.length, limit: page });
    found.push(...runs);
    if (runs.length === 0 || found.length >= total) return found;
  }
}
