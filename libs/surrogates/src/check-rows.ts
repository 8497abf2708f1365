import { InvalidInputError, requireNumber } from '#libs/simplex';
import type { Mixtures, ParameterSpec, SurrogateParameters } from './surrogate.js';

/** Throws SHAPE or NOT_FINITE, naming row and column, unless every row holds `domains` finite numbers. */
export function checkMixtures(mixtures: Mixtures, domains: number): void {
  for (let r = 0; r < mixtures.length; r++) {
    const row = mixtures[r]!;
    if (row.length !== domains) {
      throw new InvalidInputError('SHAPE', `mixtures[${r}] has ${row.length} weights; ${domains} are needed`, {
        argument: `mixtures[${r}]`,
        value: row.length,
        allowed: `${domains} weights`,
      });
    }
    for (let c = 0; c < domains; c++) {
      if (!Number.isFinite(row[c]!)) {
        throw new InvalidInputError('NOT_FINITE', `mixtures[${r}][${c}] must be finite; got ${row[c]}`, {
          argument: `mixtures[${r}][${c}]`,
          value: String(row[c]),
          allowed: 'a finite number',
        });
      }
    }
  }
}

/** Checks the rows of a fit; returns the number of domains. Throws TOO_FEW_ROWS, SHAPE or NOT_FINITE. */
export function checkRows(mixtures: Mixtures, losses: ArrayLike<number>, minimumRows: number): number {
  if (mixtures.length !== losses.length) {
    throw new InvalidInputError('SHAPE', `${mixtures.length} mixtures but ${losses.length} losses`, {
      argument: 'losses',
      value: losses.length,
      allowed: `${mixtures.length} values`,
    });
  }
  if (mixtures.length < minimumRows) {
    throw new InvalidInputError(
      'TOO_FEW_ROWS',
      `mixtures has ${mixtures.length} rows; at least ${minimumRows} are needed`,
      { argument: 'mixtures', value: mixtures.length, allowed: `[${minimumRows}, inf) rows` },
    );
  }
  const domains = mixtures[0]!.length;
  if (domains < 1)
    throw new InvalidInputError('SHAPE', 'mixtures have no domains', { argument: 'mixtures[0]', value: 0 });
  checkMixtures(mixtures, domains);
  for (let r = 0; r < losses.length; r++) {
    if (!Number.isFinite(losses[r]!)) {
      throw new InvalidInputError('NOT_FINITE', `losses[${r}] must be finite; got ${losses[r]}`, {
        argument: `losses[${r}]`,
        value: String(losses[r]),
        allowed: 'a finite number',
      });
    }
  }
  return domains;
}

/** The given settings over the defaults. Throws PARAMETER_UNKNOWN or OUT_OF_RANGE. Null stays for "from the data". */
export function readParameters<K extends string>(
  specs: Readonly<Record<K, ParameterSpec>>,
  given: SurrogateParameters = {},
): Record<K, number | null> {
  const known = Object.keys(specs);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InvalidInputError('PARAMETER_UNKNOWN', `unknown parameter "${unknown}"; known: ${known.join(', ')}`, {
      argument: unknown,
      allowed: known.join(', '),
    });
  }
  const read = {} as Record<K, number | null>;
  for (const [name, spec] of Object.entries(specs) as [K, ParameterSpec][]) {
    const value = given[name] ?? spec.default;
    read[name] = value === null ? null : requireNumber(name, value, spec);
  }
  return read;
}
