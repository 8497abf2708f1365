import { createHash } from 'node:crypto';
import type { Assignment } from '#libs/contracts';

/**
 * What of an assignment decides its training, as one hash: the trainer with its parameters, the seed, and the domains
 * with their weights and sources. The attempt's number, the lease and the places on a worker's disk have no part in it.
 */
export function fingerprintOf({ trainer, seed, domains }: Assignment): string {
  return createHash('sha256').update(canonical({ trainer, seed, domains })).digest('hex');
}

/** JSON with the names of each object in order: a value that travelled through a database keeps its text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
