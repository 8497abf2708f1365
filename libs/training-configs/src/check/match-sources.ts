import type { OptionValues } from '../export/options.js';
import type { TrainingConfigFormat } from '../format.js';
import type { CanonicalDomain } from '../proposal/canonical-proposal.js';

/**
 * Which domain each key of a file stands for: the one whose location for this format it is, else the one of that name.
 * A domain without a location is known by its name alone.
 */
export function matchSources(
  format: TrainingConfigFormat,
  keys: readonly string[],
  domains: readonly CanonicalDomain[],
  options: OptionValues,
): (CanonicalDomain | null)[] {
  const byKey = new Map<string, CanonicalDomain>();
  for (const domain of domains) byKey.set(domain.domain, domain);
  for (const domain of domains) {
    try {
      byKey.set(format.key(domain, options), domain);
    } catch {
      // Without a location the name has to do.
    }
  }
  return keys.map((key) => byKey.get(key) ?? null);
}
