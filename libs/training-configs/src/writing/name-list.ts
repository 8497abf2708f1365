/** How many names one sentence holds; of three hundred domains nobody reads all. */
const MOST_NAMES = 10;

/** Domains or sources in a sentence: "web", "code", and 12 more. */
export function nameList(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMES).map((name) => `"${name}"`);
  const rest = names.length - named.length;
  return rest > 0 ? `${named.join(', ')}, and ${rest} more` : named.join(', ');
}
