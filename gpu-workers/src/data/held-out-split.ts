import { createHash } from 'node:crypto';

/** Where a document belongs by its bytes alone: the same in every domain, corpus and run. Both in [0, 1). */
export interface DocumentPlace {
  /** Held out when below heldOutShare: then about that share of the documents is. */
  side: number;
  /** Kept first, where not all are, the lower it is. */
  rank: number;
}

/** Two independent places from 48 bits each of the SHA-256 of the document. */
export function placeOf(document: Uint8Array): DocumentPlace {
  const digest = createHash('sha256').update(document).digest();
  return { side: digest.readUIntBE(0, 6) / 2 ** 48, rank: digest.readUIntBE(6, 6) / 2 ** 48 };
}
