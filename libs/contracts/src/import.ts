import { z } from 'zod';
import { importedConstraintsSchema } from './constraints.js';
import { fitSettingsSchema, seedSchema } from './fit.js';
import { jsonFloatSchema } from './json-float.js';
import { objectiveSchema, optimiserSchema, paretoSchema } from './objective.js';
import { baselineSchema } from './training-config.js';
import { columnNameSchema, domainWeightsSchema, lineOf } from './weights.js';

/** The most that one import may hold. */
export const importLimits = { runs: 10_000, domains: 300, targets: 300, bytes: 64 << 20 } as const;

const settings = {
  name: lineOf(100).optional().describe('Of the sweep, and of the corpus that is made for it'),
  seed: seedSchema.default(42),
  prior: domainWeightsSchema.optional().describe('The natural mixture; else from tokens, else the mean of the runs'),
  tokens: z
    .record(columnNameSchema, z.number().int().positive().max(Number.MAX_SAFE_INTEGER))
    .optional()
    .describe('Tokens available by domain, all domains'),
  baseline: baselineSchema.optional().describe('A mixture to predict beside natural and uniform: the one used today'),
  licences: z.record(columnNameSchema, lineOf(200)).optional().describe('Licence by domain'),
  objective: objectiveSchema.prefault({}),
  constraints: importedConstraintsSchema.prefault({}),
  fit: fitSettingsSchema.prefault({}),
  optimiser: optimiserSchema.default('auto'),
  pareto: paretoSchema.optional(),
};

/** An import without its runs, which libs/run-tables reads: it names the row and the column at fault. */
export const importSettingsSchema = z.strictObject(settings);
export type ImportSettings = z.infer<typeof importSettingsSchema>;

const loss = z.union([jsonFloatSchema, z.null()]);

/** The whole body, as the API describes it. */
export const importSweepSchema = z.strictObject({
  ...settings,
  runs: z
    .array(
      z.object({
        id: z.union([z.string(), z.number()]).optional(),
        weights: domainWeightsSchema,
        losses: z.record(columnNameSchema, loss),
      }),
    )
    .max(importLimits.runs)
    .optional()
    .describe('Finished runs; a loss that is null was not measured, "NaN" or "Infinity" diverged'),
  weights: z.string().optional().describe('Text of a CSV: a row a run, a column a domain, and run ids'),
  losses: z.string().optional().describe('Text of a CSV: a row a run, a column a target, and run ids'),
});
export type ImportSweep = z.input<typeof importSweepSchema>;

export const importQuerySchema = z.strictObject({
  name: settings.name.describe('For a body of JSON lines, which has no other place for it'),
});
