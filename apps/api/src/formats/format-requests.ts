import { z } from 'zod';
import { commonOptions, type TrainingConfigFormat } from '#libs/training-configs';

export const formatSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,50}$/, 'must be the name of a format')
  .describe('A name of GET /v1/formats');

/** Where a request to check or read a file has what the library calls otherwise. */
export function fieldsOf(format: TrainingConfigFormat, given: object): Record<string, string> {
  const options = Object.keys({ ...commonOptions, ...format.options, ...given });
  return {
    ...Object.fromEntries(options.map((name) => [name, `options.${name}`])),
    file: 'content',
    corpus: 'corpusId',
  };
}
