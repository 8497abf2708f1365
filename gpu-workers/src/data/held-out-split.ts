import { createHash } from 'node:crypto';

/**
 * Whether a document belongs to the held-out side: by the first 48 bits of the SHA-256 of its bytes, so that the same
 * document is on the same side in every domain, corpus and run, and about `share` of the documents are held out.
 */
export function isHeldOut(document: Uint8Array, share: number): boolean {
  return createHash('sha256').update(document).digest().readUIntBE(0, 6) < share * 2 ** 48;
}
