import { InvalidInputError } from '#libs/simplex';
import type { CanonicalDomain } from '../proposal/canonical-proposal.js';
import type { OptionValues } from './options.js';

export interface LocationRule {
  /** Names under which a corpus may register the location for this format; the first that is there counts. */
  readonly registeredAs: readonly string[];
  /** The option that gives a template for all domains, in place of registered ones. Default "location". */
  readonly option?: string;
  /** A template as a user would write it. */
  readonly example: string;
  /** What the location is for this trainer, e.g. "the prefix". */
  readonly what: string;
  /** Used where neither is given; without it a location is required. */
  readonly fallback?: string;
  /** The trainer expands *, ? and [ ] in it, so that a domain's name must not bring any into a template. */
  readonly patterns?: boolean;
  /** Why this trainer would misread the location, in words that follow it ("contains white space"); null: it is fine. */
  problem(location: string): string | null;
}

/**
 * Where a domain lies: what its corpus registers for the format, else the template of the option, {domain} filled in.
 * Throws LOCATION_MISSING or LOCATION_INVALID, naming the domain, the value and the way out.
 */
export function locationOf({ domain, locations }: CanonicalDomain, options: OptionValues, rule: LocationRule): string {
  const name = rule.registeredAs.find((candidate) => locations !== undefined && Object.hasOwn(locations, candidate));
  const option = rule.option ?? 'location';
  const template = (name && locations?.[name]) ?? options.text(option) ?? rule.fallback;
  if (template === undefined) {
    throw new InvalidInputError(
      'LOCATION_MISSING',
      `${rule.registeredAs[0]} needs to know where "${domain}" lies: give ${rule.what} as ` +
        `locations.${rule.registeredAs[0]} when registering the corpus, or a template for all domains in the option ` +
        `"${option}", such as ${rule.example}`,
      { argument: option, domains: [domain], allowed: `a template such as ${rule.example}` },
    );
  }
  if (rule.patterns && template.includes('{domain}') && /[*?[\]]/.test(domain)) {
    throw new InvalidInputError(
      'LOCATION_INVALID',
      `the name ${JSON.stringify(domain)} holds *, ? or [ ], which means other files in a pattern: give the domain ` +
        `locations.${rule.registeredAs[0]} in the corpus`,
      { argument: option, value: domain, domains: [domain] },
    );
  }
  const location = template.replaceAll('{domain}', () => domain);
  if (UPWARDS.test(location) && !UPWARDS.test(template)) {
    throw new InvalidInputError(
      'LOCATION_INVALID',
      `the name ${JSON.stringify(domain)} leads out of the folder in ${rule.what} ${location}: give the domain ` +
        `locations.${rule.registeredAs[0]} in the corpus`,
      { argument: option, value: domain, domains: [domain] },
    );
  }
  assertLegal(location, `${rule.what} of "${domain}"`, option, rule, [domain]);
  return location;
}

/** A part ".." of a path. */
const UPWARDS = /(?:^|\/)\.\.(?:\/|$)/;

/** For locations that no domain stands behind, such as those of a validation split. Throws LOCATION_INVALID. */
export function assertLegal(
  location: string,
  what: string,
  argument: string,
  rule: Pick<LocationRule, 'problem'>,
  domains: readonly string[] = [],
): void {
  const problem = location === '' ? 'is empty' : (controlCharacter(location) ?? rule.problem(location));
  if (problem === null) return;
  throw new InvalidInputError('LOCATION_INVALID', `${what} ${problem}: ${JSON.stringify(location)}`, {
    argument,
    value: location,
    domains,
  });
}

function controlCharacter(location: string): string | null {
  return /[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/u.test(location)
    ? 'holds a control character or broken Unicode'
    : null;
}

/** For locations that are not the keys of a format, which the export compares itself. Throws LOCATION_DUPLICATE. */
export function assertDistinct(
  locations: readonly { readonly domain: string; readonly location: string }[],
  what: string,
  argument = 'location',
): void {
  const owners = new Map<string, string>();
  for (const { domain, location } of locations) {
    const owner = owners.get(location);
    if (owner !== undefined) {
      throw new InvalidInputError(
        'LOCATION_DUPLICATE',
        `"${owner}" and "${domain}" have the same ${what} ${location}: give each its own, with {domain} in it`,
        { argument, value: location, domains: [owner, domain] },
      );
    }
    owners.set(location, domain);
  }
}
