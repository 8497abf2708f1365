import { InvalidInputError } from '#libs/simplex';
import type { TrainingConfigFormat } from '../format.js';
import { formats } from '../formats/registry.js';

/** Throws InvalidInputError EXPORT_FORMAT_UNKNOWN, with the names there are. */
export function findFormat(name: string): TrainingConfigFormat {
  const found = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (found) return found;
  const known = Object.keys(formats).join(', ');
  throw new InvalidInputError('EXPORT_FORMAT_UNKNOWN', `there is no format "${name}"; the formats are ${known}`, {
    argument: 'format',
    value: name,
    allowed: known,
  });
}
