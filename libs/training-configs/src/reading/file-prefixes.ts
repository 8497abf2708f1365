/** Pairs of which one is the beginning of the other, for loaders that look for files by prefix. */
export function prefixPairs(keys: readonly string[]): (readonly [shorter: string, longer: string])[] {
  const known = new Set(keys);
  return [...known].flatMap((longer) => {
    const pairs: (readonly [string, string])[] = [];
    for (let end = 1; end < longer.length; end++) {
      const shorter = longer.slice(0, end);
      if (known.has(shorter)) pairs.push([shorter, longer]);
    }
    return pairs;
  });
}

/** True where glob.glob would not take the prefix literally. */
export function isGlobPattern(prefix: string): boolean {
  return /[*?[]/.test(prefix);
}
