import { z } from 'zod';
import { columnNameSchema, domainWeightsSchema, lineOf } from './weights.js';

const groupSchema = z
  .strictObject({
    name: lineOf(100),
    domains: z.array(columnNameSchema).min(1).max(300),
    min: z.number().min(0).max(1).optional(),
    max: z.number().min(0).max(1).optional(),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, { message: 'give min, max or both' })
  .refine(({ min = 0, max = 1 }) => min <= max, { path: ['min'], message: 'must not exceed max' });

const constraintFields = {
  targetTokens: z.number().positive().optional().describe('Tokens of the large run; all available tokens when absent'),
  caps: domainWeightsSchema.optional().describe('Upper bounds on single weights'),
  minimums: domainWeightsSchema.optional().describe('Lower bounds on single weights'),
  pinned: domainWeightsSchema.optional().describe('Weights that are fixed'),
  groups: z.array(groupSchema).max(100).optional().describe('Bounds on the sum of the weights of some domains'),
  minimumNonzero: z.number().min(0).max(1).optional().describe('A weight is 0 or at least this'),
  excludeLicences: z
    .array(lineOf(200))
    .max(100)
    .optional()
    .describe('Domains of the corpus with one of these licences get weight 0'),
  minimumEfficiency: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe('Effective over trained tokens of every domain, under the repetition law'),
};

export const constraintsSchema = z.strictObject({
  maxEpochs: z.number().positive().default(4).describe('No domain may be repeated more often in the large run'),
  ...constraintFields,
});

/** Where neither tokens nor a prior are known, nothing can be said of epochs: hence no default. */
export const importedConstraintsSchema = z.strictObject({
  maxEpochs: z
    .number()
    .positive()
    .optional()
    .describe('No domain may be repeated more often in the large run; 4 when tokens or a prior are given'),
  ...constraintFields,
});
export type Constraints = z.infer<typeof importedConstraintsSchema>;
