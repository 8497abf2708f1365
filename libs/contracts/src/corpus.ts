import { z } from 'zod';
import { columnNameSchema, domainNameSchema, lineOf, relativePathSchema } from './weights.js';

export const corpusDomainSchema = z.strictObject({
  name: domainNameSchema,
  source: relativePathSchema.describe(
    "Path below the worker's data folder: a .txt, .jsonl, .jsonl.gz or a folder of text",
  ),
  tokens: z.number().int().positive().max(Number.MAX_SAFE_INTEGER).describe('Tokens available for training'),
  documents: z.number().int().positive().optional().describe('Documents, for the formats which mix documents'),
  contentHash: lineOf(200, 0).optional().describe('Hash of the text: a change makes a new corpus version'),
  licence: lineOf(200, 0).optional(),
  group: lineOf(100, 0).optional(),
  locations: z
    .record(lineOf(50, 0), lineOf(1000))
    .optional()
    .describe('Where the domain lies for each trainer format, e.g. {"megatron": "/data/web_text_document"}'),
});
export type CorpusDomain = z.infer<typeof corpusDomainSchema>;

export const createCorpusSchema = z.strictObject({
  name: lineOf(100),
  locations: z
    .record(lineOf(50, 0), lineOf(1000))
    .refine((templates) => Object.keys(templates).length <= 50, { message: 'at most 50 templates' })
    .optional()
    .describe(
      'Templates for the domains without a location of their own, e.g. {"megatron": "/data/{domain}_text_document"}',
    ),
  domains: z
    .array(corpusDomainSchema)
    .min(2, 'a mixture needs at least two domains')
    .max(300)
    .superRefine((domains, context) => {
      const seen = new Map<string, number>();
      domains.forEach((domain, index) => {
        const first = seen.get(domain.name);
        if (first !== undefined) {
          context.addIssue({
            code: 'custom',
            path: [index, 'name'],
            message: `duplicate domain "${domain.name}": also at domains.${first}`,
          });
        }
        seen.set(domain.name, first ?? index);
      });
    }),
});
export type CreateCorpus = z.infer<typeof createCorpusSchema>;

export const corpusSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().int(),
  contentHash: z.string(),
  createdAt: z.string(),
  domains: z.array(
    corpusDomainSchema.extend({
      name: columnNameSchema,
      source: z.string().nullable().describe('Null where the runs were imported and this service has no text'),
      tokens: z.number().nullable().describe('Null where an import did not say'),
      naturalWeight: z.number().nullable().describe('Null unless the tokens of every domain are known'),
    }),
  ),
});
export type CorpusResponse = z.infer<typeof corpusSchema>;
