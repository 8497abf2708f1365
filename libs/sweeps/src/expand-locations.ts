import type { DomainRecord } from './ports/records.js';
import { InvalidField } from './sweeps.errors.js';

const longest = 1000;

/**
 * Fills the templates of a corpus in for each domain: a location of the domain's own counts before them. Domains are
 * equal whether their locations were written out or came from a template, and so are their corpora.
 * Throws InvalidField for a template that gives every domain the same location, or one too long.
 */
export function expandLocations(
  domains: readonly DomainRecord[],
  templates: Readonly<Record<string, string>> = {},
): DomainRecord[] {
  const entries = Object.entries(templates);
  for (const [format, template] of entries) {
    if (template.includes('{domain}')) continue;
    const message = `a template for all domains must hold {domain}; got ${JSON.stringify(template)}`;
    throw new InvalidField(`locations.${format}`, message, 'location-template');
  }
  if (entries.length === 0) return [...domains];
  return domains.map((domain) => {
    const filled = entries.map(([format, template]): [string, string] => {
      const location = template.replaceAll('{domain}', () => domain.name);
      if (location.length <= longest) return [format, location];
      const message = `is longer than ${longest} characters for "${domain.name}"`;
      throw new InvalidField(`locations.${format}`, message, 'location-template');
    });
    return { ...domain, locations: { ...Object.fromEntries(filled), ...domain.locations } };
  });
}
