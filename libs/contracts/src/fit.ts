import { z } from 'zod';
import { importedConstraintsSchema } from './constraints.js';
import { objectiveSchema, optimiserSchema, paretoSchema } from './objective.js';
import { columnNameSchema, domainWeightsSchema } from './weights.js';

/** "auto", and every surrogate of libs/surrogates; a spec of libs/sweeps holds the two lists against each other. */
export const fitModels = [
  'auto',
  'linear',
  'log-linear',
  'root-log-linear',
  'mixing-law',
  'mixing-law-m4',
  'mixing-law-product',
  'bimix',
  'autoscale',
  'capacity-allocation',
  'gp',
  'gbdt',
] as const;

export const seedSchema = z
  .number()
  .int()
  .min(0)
  // The confirmation runs take the seeds that follow, up to 20 of them.
  .max(2 ** 31 - 21);

const fitFields = {
  model: z.enum(fitModels),
  folds: z.number().int().min(2).max(20),
  samples: z
    .number()
    .int()
    .min(1000)
    .max(1_000_000)
    .optional()
    .describe('Mixtures simulated; chosen by the optimiser when absent'),
  top: z.number().int().min(1).max(10_000).optional().describe('Best simulated mixtures that are averaged'),
};

const topWithinSamples = ({ samples, top }: { samples?: number | undefined; top?: number | undefined }): boolean =>
  samples === undefined || top === undefined || top <= samples;
const topMessage = { path: ['top'], message: 'must not exceed samples' };

/** How a sweep's runs are fitted. */
export const fitSettingsSchema = z
  .strictObject({ ...fitFields, model: fitFields.model.default('auto'), folds: fitFields.folds.default(5) })
  .refine(topWithinSamples, topMessage);
export type FitSettings = z.infer<typeof fitSettingsSchema>;

const proposalFields = {
  objective: objectiveSchema.optional(),
  constraints: importedConstraintsSchema.optional(),
  optimiser: optimiserSchema.optional(),
  pareto: paretoSchema.optional(),
  samples: fitFields.samples,
  top: fitFields.top,
  seed: seedSchema.optional(),
};

/** Another proposal from fits that exist. What is absent is as in the sweep. */
export const createProposalSchema = z.strictObject(proposalFields).refine(topWithinSamples, topMessage);
export type CreateProposal = z.infer<typeof createProposalSchema>;

/** Another fit of a sweep's runs, and a proposal from it. What is absent is as in the sweep. */
export const createFitSchema = z
  .strictObject({ ...proposalFields, model: fitFields.model.optional(), folds: fitFields.folds.optional() })
  .refine(topWithinSamples, topMessage);
export type CreateFit = z.infer<typeof createFitSchema>;

export const fitStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type FitState = (typeof fitStates)[number];

export const fitProgressSchema = z.object({
  phase: z.enum(['fit', 'propose']),
  done: z.number().int().describe('Targets fitted, of `total`'),
  total: z.number().int(),
  doing: z.array(z.string()).describe('What is under way now'),
});
export type FitProgressResponse = z.infer<typeof fitProgressSchema>;

export const fitSchema = z.object({
  id: z.string(),
  sweepId: z.string(),
  state: z.enum(fitStates),
  reason: z.string().nullable().describe('Why it failed, or why no proposal was made from it'),
  progress: fitProgressSchema.nullable(),
  refit: z.boolean().describe('Asked for beside the fit that the sweep made itself'),
  model: z.string(),
  folds: z.number().int(),
  seed: z.number().int(),
  runs: z.number().int(),
  leftOut: z.number().int(),
  inputsHash: z.string().nullable().describe('Of what was fitted; null until the fit is made'),
  codeVersion: z.string(),
  targets: z.record(z.string(), z.unknown()).describe('Diagnostics by target; empty until the fit is made'),
  unfitted: z
    .record(z.string(), z.string())
    .describe('Targets that could not be fitted, with the reason; predictions and proposals leave them out'),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
export type FitResponse = z.infer<typeof fitSchema>;

export const fitListSchema = z.object({ fits: z.array(fitSchema) });
export type FitList = z.infer<typeof fitListSchema>;

export const predictRequestSchema = z.strictObject({
  mixtures: z
    .array(domainWeightsSchema)
    .min(1, 'name at least one mixture')
    .max(5000)
    .describe('Weights by domain, each summing to 1; domains not named have weight 0'),
});
export type PredictRequest = z.infer<typeof predictRequestSchema>;

const estimateSchema = z.object({
  mean: z.number(),
  standardError: z.number().describe('Of a new measurement, its noise included'),
  lower50: z.number().nullable(),
  upper50: z.number().nullable(),
  lower90: z.number().nullable(),
  upper90: z.number().nullable(),
  signal: z.boolean().describe('False: the fit found no signal in this target; do not rank mixtures by it'),
});

export const predictionsSchema = z.object({
  fitId: z.string(),
  model: z.string(),
  predictions: z.array(
    z.object({
      weights: domainWeightsSchema,
      targets: z.record(columnNameSchema, estimateSchema),
      extrapolation: z.object({
        outside: z.boolean(),
        distance: z.number().describe('Total variation to the nearest mixture that was measured, 0 to 1'),
        limit: z.number(),
        nearestRun: z.string(),
      }),
    }),
  ),
});
export type Predictions = z.infer<typeof predictionsSchema>;
