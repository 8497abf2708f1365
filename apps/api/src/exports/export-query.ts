import { z } from 'zod';
import { formatNames } from '#libs/training-configs';
import { identifierSchema } from '../validation/identifier.js';

const text = z.string().max(2000);
const several = z.union([text, z.array(text).max(300)]);

/** What the route itself takes; whatever else is given are options of the format, which refuses those it has not. */
export const exportQuerySchema = z
  .object({
    format: z.enum(formatNames as [string, ...string[]]),
    // biome-ignore lint/suspicious/noThenProperty: a parameter's name; its value is no function
    then: z
      .union([text, z.array(text).max(20)])
      .optional()
      .describe(
        'A later phase as [name=]ID@start, such as anneal=prp_2@0.9: from 90 % of the tokens on, the mixture of another ' +
          'proposal, or the one that a sweep recommends. Repeat it for more',
      ),
    corpus: identifierSchema
      .optional()
      .describe(
        "Id of a corpus whose tokens, documents and locations count in place of those of the sweep's own, such as a " +
          'later version of it',
      ),
    file: z.string().min(1).max(200).optional().describe('Answer with the text of this one file'),
    as: z.enum(['json', 'zip']).optional().describe('Answer with all files in an archive; JSON otherwise'),
  })
  .catchall(several)
  .refine(({ file, as }) => file === undefined || as !== 'zip', {
    path: ['as'],
    message: 'must not be zip where one file is asked for',
  });
export type ExportQuery = z.output<typeof exportQuerySchema>;

/** Parts of the query with a meaning of their own: no format may have an option of such a name. */
export const reservedNames: readonly string[] = Object.keys(exportQuerySchema.shape);
