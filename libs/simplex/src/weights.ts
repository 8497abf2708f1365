import { InvalidInputError } from './invalid-input.error.js';

/** How far from 1 a sum may lie and still be read as rounding: published mixtures are rounded to 3 decimals. */
export const SUM_TOLERANCE = 0.005;
/** Sums within this of 100 are recognised as percentages. */
const PERCENT_TOLERANCE = 1;
/** Weights printed with six decimals sum to 1 within this; so little is divided out without a word. */
const UNREMARKABLE = 1e-5;
/** A sum this close to 1 is left alone. */
const ALREADY_ONE = 1e-12;

export interface NormalisedWeights {
  /** m values >= 0 that sum to 1 within rounding. */
  readonly weights: number[];
  /** The sum as given. */
  readonly sum: number;
  /** True when the sum as given differed from 1 by more than 1e-5: worth telling the user. */
  readonly renormalised: boolean;
}

/** Throws DOMAINS_EMPTY, DOMAIN_UNNAMED or DOMAIN_DUPLICATE unless `names` are distinct non-empty names. */
export function assertDomainNames(names: readonly string[]): void {
  if (names.length === 0) {
    throw new InvalidInputError('DOMAINS_EMPTY', 'at least one domain is needed', { argument: 'names' });
  }
  const seen = new Set<string>();
  for (const name of names) {
    if (name.trim() === '') {
      throw new InvalidInputError('DOMAIN_UNNAMED', 'a domain has an empty name', { argument: 'names', value: name });
    }
    if (seen.has(name)) {
      throw new InvalidInputError('DOMAIN_DUPLICATE', `domain "${name}" is given twice`, {
        argument: 'names',
        value: name,
        domains: [name],
      });
    }
    seen.add(name);
  }
}

/**
 * Checks that `values` are domain weights and makes them sum to 1. A sum within 0.005 of 1 is accepted and said.
 * Throws SHAPE, WEIGHT_NOT_FINITE, WEIGHT_NEGATIVE, WEIGHTS_PERCENT or WEIGHTS_SUM, each naming domain or sum.
 */
export function normaliseWeights(names: readonly string[], values: ArrayLike<number>): NormalisedWeights {
  assertDomainNames(names);
  if (values.length !== names.length) {
    throw new InvalidInputError('SHAPE', `${names.length} domains but ${values.length} weights`, {
      argument: 'values',
      value: values.length,
      allowed: `${names.length} values`,
    });
  }
  let sum = 0;
  for (let i = 0; i < names.length; i++) {
    const value = values[i]!;
    const name = names[i]!;
    if (!Number.isFinite(value)) {
      throw new InvalidInputError(
        'WEIGHT_NOT_FINITE',
        `the weight of "${name}" must be a number in [0, 1]; got ${value}`,
        {
          argument: name,
          value: String(value),
          allowed: '[0, 1]',
          domains: [name],
        },
      );
    }
    if (value < 0) {
      throw new InvalidInputError('WEIGHT_NEGATIVE', `the weight of "${name}" must be in [0, 1]; got ${value}`, {
        argument: name,
        value,
        allowed: '[0, 1]',
        domains: [name],
      });
    }
    sum += value;
  }
  if (Math.abs(sum - 1) > SUM_TOLERANCE + 1e-12) {
    const shown = Number(sum.toPrecision(8));
    if (Math.abs(sum - 100) <= PERCENT_TOLERANCE) {
      throw new InvalidInputError(
        'WEIGHTS_PERCENT',
        `weights sum to ${shown}, so they look like percentages; divide them by 100`,
        { argument: 'values', value: shown, allowed: `sum in [${1 - SUM_TOLERANCE}, ${1 + SUM_TOLERANCE}]` },
      );
    }
    throw new InvalidInputError('WEIGHTS_SUM', `weights must sum to 1 within ${SUM_TOLERANCE}; they sum to ${shown}`, {
      argument: 'values',
      value: shown,
      allowed: `sum in [${1 - SUM_TOLERANCE}, ${1 + SUM_TOLERANCE}]`,
    });
  }
  // A second pass must change nothing: dividing by 1 + 2e-16 would move last bits, and with them ties between rows.
  const weights = Array.from(values, (value) => (Math.abs(sum - 1) > ALREADY_ONE ? value / sum : value));
  return { weights, sum, renormalised: Math.abs(sum - 1) > UNREMARKABLE };
}

/**
 * A record of numbers by domain as a vector in the order of `names`. Throws DOMAIN_UNKNOWN or DOMAIN_MISSING naming
 * every domain that is in the record alone or in `names` alone; `what` says which record it was ("prior", "tokens").
 */
export function alignToDomains(
  what: string,
  names: readonly string[],
  record: Readonly<Record<string, number>>,
): number[] {
  const known = new Set(names);
  const unknown = Object.keys(record).filter((name) => !known.has(name));
  const missing = names.filter((name) => !Object.hasOwn(record, name));
  const quote = (list: readonly string[]) => list.map((name) => `"${name}"`).join(', ');
  if (unknown.length > 0) {
    const also = missing.length > 0 ? `; missing from the ${what}: ${quote(missing)}` : '';
    throw new InvalidInputError('DOMAIN_UNKNOWN', `unknown domains in the ${what}: ${quote(unknown)}${also}`, {
      argument: what,
      domains: unknown,
      missing,
      allowed: names.join(', '),
    });
  }
  if (missing.length > 0) {
    throw new InvalidInputError('DOMAIN_MISSING', `domains missing from the ${what}: ${quote(missing)}`, {
      argument: what,
      domains: missing,
      allowed: names.join(', '),
    });
  }
  return names.map((name) => record[name]!);
}
