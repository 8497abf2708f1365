import { InvalidInputError } from '#libs/simplex';
import { checkMixtures } from '../check-rows.js';
import type { Mixtures } from '../surrogate.js';

/** k mixtures whose loss is known to lie in an interval only: of runs that were stopped early. */
export interface CensoredRows {
  readonly mixtures: Mixtures;
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
}

/** The same for several targets; NaN for a run of which a target is not known. */
export interface CensoredRuns {
  readonly mixtures: Mixtures;
  readonly bounds: Readonly<Record<string, Omit<CensoredRows, 'mixtures'>>>;
}

/** The rows of one target: those with both bounds finite. Null where there are none. Throws SHAPE or BOUNDS_CROSS. */
export function censoredRowsOf(target: string, runs: CensoredRuns | undefined): CensoredRows | null {
  const bounds = runs?.bounds[target];
  if (!runs || !bounds) return null;
  const { lower, upper } = bounds;
  requireLength(`censored.bounds.${target}.lower`, lower, runs.mixtures.length);
  requireLength(`censored.bounds.${target}.upper`, upper, runs.mixtures.length);
  const rows = [...runs.mixtures.keys()].filter((r) => Number.isFinite(lower[r]!) && Number.isFinite(upper[r]!));
  if (rows.length === 0) return null;
  return {
    mixtures: rows.map((r) => runs.mixtures[r]!),
    lower: rows.map((r) => lower[r]!),
    upper: rows.map((r) => upper[r]!),
  };
}

/** Throws SHAPE, NOT_FINITE or BOUNDS_CROSS. */
export function checkCensoredRows({ mixtures, lower, upper }: CensoredRows, domains: number): void {
  requireLength('censored.lower', lower, mixtures.length);
  requireLength('censored.upper', upper, mixtures.length);
  checkMixtures(mixtures, domains);
  for (let r = 0; r < mixtures.length; r++) {
    if (lower[r]! <= upper[r]! && Number.isFinite(lower[r]!) && Number.isFinite(upper[r]!)) continue;
    const message = `the bounds of censored row ${r} must be finite, the lower one first; got ${lower[r]} and ${upper[r]}`;
    throw new InvalidInputError('BOUNDS_CROSS', message, { argument: 'censored', value: r, allowed: 'lower <= upper' });
  }
}

function requireLength(argument: string, values: ArrayLike<number>, rows: number): void {
  if (values.length === rows) return;
  throw new InvalidInputError('SHAPE', `${argument} has ${values.length} values for ${rows} mixtures`, {
    argument,
    value: values.length,
    allowed: `${rows} values`,
  });
}
