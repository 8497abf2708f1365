import { InvalidInputError, normaliseWeights } from '#libs/simplex';
import type { ExportEntry, PlannedPhase, TrainingConfigFormat } from '../format.js';
import type { CanonicalPhase, CanonicalProposal } from '../proposal/canonical-proposal.js';
import { fixedDecimal, fixedDecimals, vanishesInPrint } from '../writing/fixed-decimals.js';
import { nameList } from '../writing/name-list.js';
import type { OptionValues } from './options.js';
import { toAmounts } from './units.js';

/**
 * One phase as a format will write it: weights normalised, those dropped which the trainer refuses, the rest in the
 * trainer's unit with the text that is printed. What was changed goes into `warnings`.
 * Throws InvalidInputError: TOO_MANY_DOMAINS, UNIT_FACTS_MISSING, LOCATION_*, or bad weights.
 */
export function planPhase(
  format: TrainingConfigFormat,
  proposal: CanonicalProposal,
  phase: CanonicalPhase,
  tokens: number | undefined,
  options: OptionValues,
  warnings: string[],
): PlannedPhase {
  const { domains } = proposal;
  const say = (sentence: string) =>
    warnings.push(proposal.phases.length > 1 ? `phase ${phase.name}: ${sentence}` : sentence);
  const { weights } = normaliseWeights(
    domains.map(({ domain }) => domain),
    phase.weights,
  );
  const unit = format.unit(options);
  const amounts = toAmounts(unit, weights, domains, tokens);
  const dropped: { domain: string; weight: number }[] = [];
  const kept: Omit<ExportEntry, 'text'>[] = [];
  domains.forEach((domain, i) => {
    const weight = weights[i]!;
    const amount = amounts[i]!;
    const tiny = vanishesInPrint(amount);
    if (tiny || (weight === 0 && format.zeros === 'dropped')) {
      dropped.push({ domain: domain.domain, weight });
      if (tiny) {
        say(
          `"${domain.domain}" was left out: its weight ${weight} is below what 15 decimals can hold, ` +
            'and that share went to the largest weight',
        );
      }
      return;
    }
    const epochs = tokens === undefined || !domain.tokens ? undefined : (weight * tokens) / domain.tokens;
    kept.push({ ...domain, key: format.key(domain, options), weight, amount, epochs });
  });
  const zeros = dropped.filter(({ weight }) => weight === 0).map(({ domain }) => domain);
  if (zeros.length > 0) say(`left out, because ${format.name} takes no weight of 0: ${nameList(zeros)}`);
  if (kept.length > format.maxDomains) {
    throw new InvalidInputError(
      'TOO_MANY_DOMAINS',
      `${format.name} takes at most ${format.maxDomains} domains; the proposal has ${kept.length}`,
      { argument: 'weights', value: kept.length, allowed: `[1, ${format.maxDomains}]` },
    );
  }
  assertDistinctKeys(kept);
  const shares = unit === 'sequences' || unit === 'documents';
  const texts = shares
    ? fixedDecimals(kept.map(({ amount }) => amount))
    : kept.map(({ amount }) => fixedDecimal(amount));
  return {
    name: phase.name,
    start: phase.start,
    tokens,
    dropped,
    entries: kept.map((entry, i) => ({ ...entry, text: texts[i]! })),
  };
}

function assertDistinctKeys(entries: readonly { domain: string; key: string }[]): void {
  const owners = new Map<string, string>();
  for (const { key, domain } of entries) {
    const owner = owners.get(key);
    if (owner !== undefined) {
      throw new InvalidInputError(
        'LOCATION_DUPLICATE',
        `"${owner}" and "${domain}" have the same location ${key}: give each its own, for example with ` +
          '{domain} in the location',
        { argument: 'location', value: key, domains: [owner, domain] },
      );
    }
    owners.set(key, domain);
  }
}
