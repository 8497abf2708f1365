import { InvalidInputError } from './invalid-input.error.js';

interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** The minimum itself is not allowed. */
  readonly above?: number;
  readonly integer?: boolean;
}

function describeRange({ min, max, above, integer }: NumberRange): string {
  const low = above !== undefined ? `(${above}` : min !== undefined ? `[${min}` : '(-inf';
  const high = max !== undefined ? `${max}]` : 'inf)';
  return `${integer ? 'an integer' : 'a number'} in ${low}, ${high}`;
}

/** Returns `value`, or throws OUT_OF_RANGE naming the argument, the value and the interval allowed. */
export function requireNumber(argument: string, value: number, range: NumberRange = {}): number {
  const fits =
    Number.isFinite(value) &&
    (!range.integer || Number.isSafeInteger(value)) &&
    (range.min === undefined || value >= range.min) &&
    (range.above === undefined || value > range.above) &&
    (range.max === undefined || value <= range.max);
  if (!fits) {
    const allowed = describeRange(range);
    throw new InvalidInputError('OUT_OF_RANGE', `${argument} must be ${allowed}; got ${value}`, {
      argument,
      value,
      allowed,
    });
  }
  return value;
}
