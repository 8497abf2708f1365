import { InvalidInputError } from '#libs/simplex';
import { closestName } from './closest-name.js';

/** Throws DOMAIN_UNKNOWN for names that are no domain, with the one that the first of them may have been meant for. */
export function refuseUnknownDomains(what: string, domains: readonly string[], given: readonly string[]): void {
  const unknown = given.filter((name) => !domains.includes(name));
  if (unknown.length === 0) return;
  const closest = closestName(unknown[0]!, domains);
  const listed = unknown.map((name) => `"${name}"`).join(', ');
  throw new InvalidInputError(
    'DOMAIN_UNKNOWN',
    `unknown domains in the ${what}: ${listed}${closest ? `. Did you mean "${closest}"?` : ''}`,
    { argument: what, domains: unknown, allowed: domains.join(', ') },
  );
}
