import { InvalidInputError } from '#libs/simplex';

/**
 * Refuses locations that are patterns and find the files of another domain as well: `web*` also finds what `web-forum*`
 * finds, and those documents would be drawn under both weights. Judged by one name that each pattern would find, so an
 * overlap of two patterns with wildcards in their middle can pass.
 * Throws InvalidInputError LOCATION_OVERLAP.
 */
export function assertApart(locations: readonly { readonly domain: string; readonly location: string }[]): void {
  const patterns = locations
    .filter(({ location }) => /[*?]/.test(location))
    .map(({ domain, location }) => ({ domain, location, finds: expressionOf(location) }));
  for (const { domain, location } of locations) {
    const found = sampleOf(location);
    const other = patterns.find((pattern) => pattern.location !== location && pattern.finds.test(found));
    if (!other) continue;
    throw new InvalidInputError(
      'LOCATION_OVERLAP',
      `the pattern of "${other.domain}", ${other.location}, also finds files of "${domain}", ${location}: give each domain ` +
        'a folder of its own, or end its name in the pattern',
      { argument: 'location', value: other.location, domains: [other.domain, domain] },
    );
  }
}

/** What a shell's pattern finds: * and ? stay within a folder, ** does not. */
function expressionOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*\/?|\*|\?)/).map((part) => {
    if (part.startsWith('**')) return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 'u');
}

/** A name that the pattern finds. */
function sampleOf(pattern: string): string {
  return pattern
    .replace(/\*\*\/?/g, '')
    .replaceAll('*', '')
    .replaceAll('?', 'x');
}
