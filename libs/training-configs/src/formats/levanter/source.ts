import { InvalidInputError } from '#libs/simplex';
import { type LocationRule, locationOf } from '../../export/locations.js';
import type { OptionValues } from '../../export/options.js';
import type { CanonicalDomain } from '../../proposal/canonical-proposal.js';

/** What a location is to Levanter. */
export type SourceKind = 'url' | 'hf' | 'cache';

export const sourceKinds: readonly SourceKind[] = ['url', 'hf', 'cache'];

/** owner/name, and the configuration behind a colon. */
const HUB_ID = /^[\w.-]+(?:\/[\w.-]+)?(?::[\w.-]+)?$/;

/**
 * The option `source`, else what the location looks like: a path or a URL when it has "://" or "*", begins with "/", "." or
 * "~" or ends like a file of documents, else an id of the Hugging Face hub.
 */
function sourceKind(location: string, options: OptionValues): SourceKind {
  const given = options.text('source') as SourceKind | undefined;
  if (given !== undefined) return given;
  const path = /:\/\/|\*|^[/.~]|\.(?:jsonl?|txt|parquet|gz|zst|zstd|xz|bz2)$/.test(location);
  return path || !HUB_ID.test(location) ? 'url' : 'hf';
}

export const sourceRule: LocationRule = {
  registeredAs: ['levanter'],
  example: 'gs://bucket/{domain}/*.jsonl.gz',
  what: 'the files, the Hugging Face id or the cache',
  patterns: true,
  problem: (location) => (location === location.trim() ? null : 'begins or ends with a blank'),
};

/** Where a domain's documents or its cache lie. Throws LOCATION_MISSING or LOCATION_INVALID. */
export function sourceOf(domain: CanonicalDomain, options: OptionValues): { kind: SourceKind; location: string } {
  const location = locationOf(domain, options, sourceRule);
  const kind = sourceKind(location, options);
  if (kind === 'hf' && !HUB_ID.test(location)) {
    throw new InvalidInputError(
      'LOCATION_INVALID',
      `the Hugging Face id of "${domain.domain}" is not of the form owner/name or owner/name:configuration: ${JSON.stringify(location)}`,
      { argument: 'location', value: location, domains: [domain.domain] },
    );
  }
  return { kind, location };
}

/** The name of a domain, under which Levanter keeps the cache it builds: it must stay below the cache's own folder. */
export function datasetName({ domain }: CanonicalDomain): string {
  const problem = domain.startsWith('/')
    ? 'begins with "/"'
    : /(?:^|\/)\.\.?(?:\/|$)/.test(domain)
      ? 'has a part "." or ".."'
      : null;
  if (problem === null) return domain;
  throw new InvalidInputError(
    'LOCATION_INVALID',
    `Levanter keeps the cache of a domain in a folder of its name, and the name "${domain}" ${problem}`,
    { argument: 'domains', value: domain, domains: [domain] },
  );
}
