/** A strong tag: two answers that share it are the same byte for byte. */
export function strongTag(opaque: string): string {
  return `"${opaque}"`;
}

/**
 * Whether the client has what would be sent, by its If-None-Match. Unlike Express this does not let a request's
 * Cache-Control decide: `fetch` adds no-cache to every request that carries a tag.
 */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, known]) => known === tag);
}
