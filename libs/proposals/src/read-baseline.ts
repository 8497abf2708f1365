// A mixture to compare with: the one in use today, mostly, as `cuvee mixture` reads it from a trainer's configuration.
import { InvalidInputError, normaliseWeights } from '#libs/simplex';
import { refuseUnknownDomains } from './refuse-unknown-domains.js';

export interface GivenMixture {
  /** What reports call it, e.g. "last year's mix". */
  readonly name: string;
  /** Token shares by domain; a domain that is not named has none. */
  readonly weights: Readonly<Record<string, number>>;
}

/**
 * The weights of a baseline in the order of the domains, divided by their sum.
 * @throws InvalidInputError DOMAIN_UNKNOWN with the closest name there is, BASELINE_NAME, or what `normaliseWeights` throws
 */
export function readBaseline(domains: readonly string[], { name, weights }: GivenMixture): number[] {
  if (name.trim() === '') {
    throw new InvalidInputError('BASELINE_NAME', 'the baseline needs a name, such as "last year\'s mix"', {
      argument: 'baseline',
      value: name,
    });
  }
  refuseUnknownDomains('baseline', domains, Object.keys(weights));
  return normaliseWeights(
    domains,
    domains.map((domain) => (Object.hasOwn(weights, domain) ? weights[domain]! : 0)),
  ).weights;
}
