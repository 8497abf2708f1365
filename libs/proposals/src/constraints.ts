// From what the caller knows and asks to a feasible set. Tokens give the natural mixture and, with the passes allowed,
// caps. A prior alone is read as the shares of a corpus that the run is as long as, so its caps are maxEpochs times
// the shares. With neither, only what the caller names bounds anything.
import {
  alignToDomains,
  availabilityCaps,
  type FeasibleSet,
  feasibleSet,
  InvalidInputError,
  naturalPrior,
  normaliseWeights,
  requireNumber,
} from '#libs/simplex';
import type { Constraints } from './constraint-input.js';
import { assertFeasibleUppers } from './infeasible-caps.js';
import { type Limit, type LimitKind, limitsOf } from './limits.js';
import type { ProposeInput } from './propose-input.js';
import { refuseUnknownDomains } from './refuse-unknown-domains.js';
import { epochsForEfficiency } from './repetition-law.js';

export const DEFAULT_MAX_EPOCHS = 4;

export interface Availability {
  readonly prior: number[];
  readonly priorSource: 'given' | 'tokens' | 'mean of the sampled mixtures';
  /** Tokens, or shares when only a prior is known; null with neither. */
  readonly available: number[] | null;
  /** Length of the run, in the unit of `available`. */
  readonly length: number | null;
  readonly tokens: number[] | null;
  /** Null when no text is known to be limited. */
  readonly maxEpochs: number | null;
  readonly targetTokens: number | null;
  /** Passes over each domain that a weight of 1 would mean. Infinity for a domain without tokens. */
  readonly epochsAtFullWeight: number[] | null;
}

export interface ResolvedConstraints extends Availability {
  /** Everything asked for, one entry per limit. */
  readonly limits: readonly Limit[];
  /** All of them but `minimumNonzero`, which is not convex. */
  readonly set: FeasibleSet;
  /** Caps after all of it; null where nothing bounds from above, or below. */
  readonly caps: number[] | null;
  readonly lower: number[] | null;
  readonly excluded: readonly string[];
  readonly minimumNonzero: number;
  readonly minimumEfficiency: number | null;
  readonly groups: NonNullable<Constraints['groups']>;
}

type Known = Pick<ProposeInput, 'prior' | 'tokens' | 'targetTokens' | 'maxEpochs' | 'minimumEfficiency'>;

function meanOf(mixtures: readonly ArrayLike<number>[], m: number): number[] {
  return Array.from({ length: m }, (_, i) => mixtures.reduce((sum, row) => sum + row[i]!, 0) / mixtures.length);
}

function requireKnown(argument: string, value: unknown, present: boolean, needed: string): void {
  if (value === undefined || present) return;
  throw new InvalidInputError('TOKENS_MISSING', `${argument} needs ${needed} available per domain`, {
    argument,
    value,
    allowed: `only together with ${needed.includes('prior') ? 'prior or tokens' : 'tokens'}`,
  });
}

function resolveAvailability(
  names: readonly string[],
  mixtures: readonly ArrayLike<number>[],
  input: Known,
): Availability {
  const maxEpochs = requireNumber('maxEpochs', input.maxEpochs ?? DEFAULT_MAX_EPOCHS, { above: 0 });
  requireKnown('targetTokens', input.targetTokens, input.tokens !== undefined, 'the tokens');
  const tokens = input.tokens && alignToDomains('tokens', names, input.tokens);
  const natural = tokens && naturalPrior(names, tokens);
  const given = input.prior && normaliseWeights(names, alignToDomains('prior', names, input.prior)).weights;
  const available = tokens ?? given ?? null;
  requireKnown('maxEpochs', input.maxEpochs, available !== null, 'a prior or the tokens');
  requireKnown('minimumEfficiency', input.minimumEfficiency, available !== null, 'a prior or the tokens');
  const total = available?.reduce((a, b) => a + b, 0);
  const length = available && requireNumber('targetTokens', input.targetTokens ?? total!, { above: 0 });
  return {
    prior: given ?? natural ?? meanOf(mixtures, names.length),
    priorSource: given ? 'given' : natural ? 'tokens' : 'mean of the sampled mixtures',
    available,
    length,
    tokens: tokens ?? null,
    maxEpochs: available && maxEpochs,
    targetTokens: tokens ? length : null,
    epochsAtFullWeight: available?.map((count) => length! / count) ?? null,
  };
}

/** The weights named, each in [0, 1]. Throws DOMAIN_UNKNOWN or OUT_OF_RANGE. */
function readShares(
  what: string,
  one: string,
  names: readonly string[],
  given: Readonly<Record<string, number>> | undefined,
): { i: number; value: number }[] {
  refuseUnknownDomains(what, names, Object.keys(given ?? {}));
  return Object.entries(given ?? {}).map(([name, value]) => ({
    i: names.indexOf(name),
    value: requireNumber(`the ${one} of "${name}"`, value, { min: 0, max: 1 }),
  }));
}

function excludedDomains(names: readonly string[], input: ProposeInput): string[] {
  const unwanted = new Set((input.excludeLicences ?? []).map((licence) => licence.trim().toLowerCase()));
  if (unwanted.size === 0) return [];
  if (!input.licences) {
    throw new InvalidInputError('LICENCES_MISSING', 'excludeLicences needs the licences of the domains', {
      argument: 'excludeLicences',
      value: input.excludeLicences,
      allowed: 'only together with licences',
    });
  }
  return names.filter((name) => unwanted.has((input.licences![name] ?? '').trim().toLowerCase()));
}

function readGroups(names: readonly string[], given: Constraints['groups']): NonNullable<Constraints['groups']> {
  const seen = new Set<string>();
  for (const { name, domains, min, max } of given ?? []) {
    const what = `group "${name}"`;
    if (seen.has(name) || domains.length === 0 || (min === undefined && max === undefined)) {
      const fault = seen.has(name)
        ? 'is given twice'
        : domains.length === 0
          ? 'has no domains'
          : 'has no min and no max';
      throw new InvalidInputError('GROUP_INVALID', `${what} ${fault}`, { argument: 'groups', value: name });
    }
    seen.add(name);
    readShares(`${what}`, 'share', names, Object.fromEntries(domains.map((domain) => [domain, 1])));
    requireNumber(`the min of ${what}`, min ?? 0, { min: 0, max: 1 });
    requireNumber(`the max of ${what}`, max ?? 1, { min: min ?? 0, max: 1 });
  }
  return given ?? [];
}

/**
 * Prior and feasible set from what the caller knows and asks. Throws CAPS_INFEASIBLE naming the domains, or
 * CONSTRAINTS_INFEASIBLE naming limits of which none could be spared; DOMAIN_UNKNOWN, DOMAIN_MISSING, OUT_OF_RANGE,
 * WEIGHTS_SUM, TOKENS_MISSING, LICENCES_MISSING or GROUP_INVALID.
 */
export function resolveConstraints(
  names: readonly string[],
  mixtures: readonly ArrayLike<number>[],
  input: ProposeInput,
): ResolvedConstraints {
  const availability = resolveAvailability(names, mixtures, input);
  const { available, length, maxEpochs } = availability;
  const epochCaps = (epochs: number) => available && availabilityCaps(available, length!, epochs);
  const efficiency = input.minimumEfficiency;
  const excluded = excludedDomains(names, input);
  const groups = readGroups(names, input.groups);
  const minimumNonzero = requireNumber('minimumNonzero', input.minimumNonzero ?? 0, { min: 0, max: 1 });
  const limits = limitsOf(names, {
    epochs: maxEpochs === null ? null : { caps: epochCaps(maxEpochs)!, epochs: maxEpochs },
    efficiency:
      efficiency === undefined ? null : { caps: epochCaps(epochsForEfficiency(efficiency))!, least: efficiency },
    caps: readShares('caps', 'cap', names, input.caps),
    minimums: readShares('minimums', 'minimum', names, input.minimums),
    pinned: readShares('pinned', 'pinned weight', names, input.pinned),
    excluded,
    groups,
    minimumNonzero,
  });
  const upper = names.map(() => 1);
  const lower = names.map(() => 0);
  const above: readonly LimitKind[] = ['epochs', 'efficiency', 'cap', 'licence', 'minimum-nonzero'];
  for (const { kind, members, min, max } of limits) {
    if (members.length !== 1 || kind.startsWith('group')) continue;
    const i = members[0]!;
    if (above.includes(kind)) upper[i] = Math.min(upper[i]!, max);
    lower[i] = Math.max(lower[i]!, min);
  }
  // Caps alone can clash only in their sum, which says more than a list of limits.
  assertFeasibleUppers(names, upper, limits);
  const set = feasibleSet(names.length, limits);
  for (const { kind, members, max } of limits) if (kind === 'pinned') upper[members[0]!] = max;
  return {
    ...availability,
    limits,
    set,
    caps: available || upper.some((u) => u < 1) ? upper : null,
    lower: lower.some((l) => l > 0) ? lower : null,
    excluded,
    minimumNonzero,
    minimumEfficiency: efficiency ?? null,
    groups,
  };
}
