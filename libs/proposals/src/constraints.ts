import {
  alignToDomains,
  assertFeasibleCaps,
  availabilityCaps,
  InvalidInputError,
  naturalPrior,
  normaliseWeights,
  requireNumber,
} from '#libs/simplex';

export const DEFAULT_MAX_EPOCHS = 4;

export interface AvailabilityInput {
  /** Token share by domain. Default: from `tokens`, else the mean of the sampled mixtures. */
  readonly prior?: Readonly<Record<string, number>>;
  /** Tokens available by domain. */
  readonly tokens?: Readonly<Record<string, number>>;
  /** Length of the run the weights are for, in tokens. Default: all the tokens available. Needs `tokens`. */
  readonly targetTokens?: number;
  /** Passes allowed over any domain. Default 4. */
  readonly maxEpochs?: number;
  /** Further upper bounds on single weights, by domain; domains not named are free. */
  readonly caps?: Readonly<Record<string, number>>;
}

export interface Availability {
  readonly prior: number[];
  readonly priorSource: 'given' | 'tokens' | 'mean of the sampled mixtures';
  /** Upper bound per domain; null where nothing bounds them. */
  readonly caps: number[] | null;
  /** Passes over each domain that weights of 1 would mean; null where tokens are unknown. Infinity for a domain without tokens. */
  readonly epochsAtFullWeight: number[] | null;
  readonly tokens: number[] | null;
  /** Null when no text is known to be limited. */
  readonly maxEpochs: number | null;
  readonly targetTokens: number | null;
}

function meanOf(mixtures: readonly ArrayLike<number>[], m: number): number[] {
  return Array.from({ length: m }, (_, i) => mixtures.reduce((sum, row) => sum + row[i]!, 0) / mixtures.length);
}

function furtherCaps(names: readonly string[], given: AvailabilityInput['caps']): number[] | null {
  if (!given || Object.keys(given).length === 0) return null;
  const free = Object.fromEntries(names.map((name) => [name, 1]));
  return alignToDomains('caps', names, { ...free, ...given }).map((cap, i) =>
    requireNumber(`the cap of "${names[i]}"`, cap, { min: 0, max: 1 }),
  );
}

/**
 * Prior and caps from what the caller knows. Tokens give both. A prior alone is read as the shares of a corpus that
 * the run is as long as, so its caps are maxEpochs times the shares. With neither, only `caps` bounds anything.
 * Throws CAPS_INFEASIBLE naming the binding domains, DOMAIN_UNKNOWN, DOMAIN_MISSING, OUT_OF_RANGE or WEIGHTS_SUM.
 */
export function resolveAvailability(
  names: readonly string[],
  mixtures: readonly ArrayLike<number>[],
  input: AvailabilityInput,
): Availability {
  const maxEpochs = requireNumber('maxEpochs', input.maxEpochs ?? DEFAULT_MAX_EPOCHS, { above: 0 });
  if (input.targetTokens !== undefined && !input.tokens) {
    throw new InvalidInputError('TOKENS_MISSING', 'targetTokens needs the tokens available per domain', {
      argument: 'targetTokens',
      value: input.targetTokens,
      allowed: 'only together with tokens',
    });
  }
  const tokens = input.tokens && alignToDomains('tokens', names, input.tokens);
  const natural = tokens && naturalPrior(names, tokens);
  const given = input.prior && normaliseWeights(names, alignToDomains('prior', names, input.prior)).weights;
  const prior = given ?? natural ?? meanOf(mixtures, names.length);
  const priorSource = given ? 'given' : natural ? 'tokens' : 'mean of the sampled mixtures';
  const available = tokens ?? given;
  const further = furtherCaps(names, input.caps);
  if (!available) {
    if (input.maxEpochs !== undefined) {
      throw new InvalidInputError('TOKENS_MISSING', 'maxEpochs needs a prior or the tokens available per domain', {
        argument: 'maxEpochs',
        value: input.maxEpochs,
        allowed: 'only together with prior or tokens',
      });
    }
    if (further) assertFeasibleCaps(names, further);
    return {
      prior,
      priorSource,
      caps: further,
      epochsAtFullWeight: null,
      tokens: null,
      maxEpochs: null,
      targetTokens: null,
    };
  }
  const length = requireNumber('targetTokens', input.targetTokens ?? available.reduce((a, b) => a + b, 0), {
    above: 0,
  });
  const caps = availabilityCaps(available, length, maxEpochs).map((cap, i) => Math.min(cap, further?.[i] ?? 1));
  assertFeasibleCaps(names, caps);
  return {
    prior,
    priorSource,
    caps,
    epochsAtFullWeight: available.map((count) => length / count),
    tokens: tokens ?? null,
    maxEpochs,
    targetTokens: tokens ? length : null,
  };
}
