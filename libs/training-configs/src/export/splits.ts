import { InvalidInputError } from '#libs/simplex';
import { assertLegal, type LocationRule } from './locations.js';
import type { OptionValues } from './options.js';

/**
 * The locations of another split, or null where the option is not given.
 * Throws LOCATION_INVALID for what the trainer would misread and LOCATION_DUPLICATE for one that is given twice.
 */
export function readSplit(
  options: OptionValues,
  name: 'valid' | 'test',
  rule: Pick<LocationRule, 'problem'>,
): readonly string[] | null {
  const prefixes = options.list(name);
  if (prefixes === undefined) return null;
  for (const prefix of prefixes) assertLegal(prefix, `a prefix of the option ${name}`, name, rule);
  const twice = prefixes.find((prefix, i) => prefixes.indexOf(prefix) !== i);
  if (twice !== undefined) {
    throw new InvalidInputError('LOCATION_DUPLICATE', `the option ${name} gives ${twice} twice`, {
      argument: name,
      value: twice,
    });
  }
  return prefixes;
}
