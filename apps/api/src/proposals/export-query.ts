import { z } from 'zod';
import { type ExportOptions, formatNames, formats } from '#libs/training-configs';

/** `format`, `file`, and whatever options the chosen format describes; the format itself refuses others. */
export const exportQuerySchema = z
  .object({
    format: z.enum(formatNames as [string, ...string[]]),
    file: z.string().min(1).max(200).optional().describe('Answer with the text of this one file'),
  })
  .catchall(z.union([z.string().max(2000), z.array(z.string().max(2000)).max(300)]))
  .describe('Further parameters are options of the format: see GET /v1/formats');
export type ExportQuery = z.output<typeof exportQuerySchema>;

/** A list option given once arrives as text: it is a list of one. */
export function exportOptionsOf({ format, file: _file, ...rest }: ExportQuery): ExportOptions {
  const known = formats[format]?.options ?? {};
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => {
      const isList = Object.hasOwn(known, name) && known[name]?.kind === 'list';
      return [name, isList && typeof value === 'string' ? [value] : value];
    }),
  ) as ExportOptions;
}
