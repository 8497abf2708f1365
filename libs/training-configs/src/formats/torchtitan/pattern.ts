import { type LocationRule, locationOf } from '../../export/locations.js';
import type { OptionValues } from '../../export/options.js';
import type { CanonicalDomain } from '../../proposal/canonical-proposal.js';

const rule: LocationRule = {
  registeredAs: ['torchtitan'],
  example: '/data/{domain}/*.jsonl',
  what: 'the pattern of the JSONL files',
  patterns: true,
  problem: (pattern) =>
    /\.(?:gz|bz2|xz|zst)$/i.test(pattern) ? 'is compressed, where TorchTitan reads plain JSONL' : null,
};

/** The glob pattern of a domain's files. Throws LOCATION_MISSING or LOCATION_INVALID. */
export function jsonlPattern(domain: CanonicalDomain, options: OptionValues): string {
  return locationOf(domain, options, rule);
}
