import { z } from 'zod';
import { columnNameSchema } from './weights.js';

const targetWeightsSchema = z
  .record(columnNameSchema, z.number().positive())
  .refine((targets) => Object.keys(targets).length > 0, { message: 'name at least one target' });

export const objectiveSchema = z.strictObject({
  targets: targetWeightsSchema.optional().describe('Weight of each target; all targets equally when absent'),
  combine: z.enum(['weighted-mean', 'worst-case']).default('weighted-mean'),
  uncertainty: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('κ: the mean plus κ standard errors is minimised; 0 when absent'),
  klStrength: z
    .number()
    .min(0)
    .max(1e6)
    .optional()
    .describe('λ: λ·KL(mixture ‖ natural) is added to the objective; 0 when absent'),
  repetition: z
    .boolean()
    .optional()
    .describe('Whether the loss of repeating text is part of the objective; needs tokens'),
});
export type ObjectiveSpec = z.infer<typeof objectiveSchema>;

export const paretoSchema = z
  .strictObject({
    groups: z
      .record(columnNameSchema, targetWeightsSchema)
      .refine((groups) => Object.keys(groups).length >= 2, { message: 'name at least two groups of targets' })
      .describe('Groups of targets, each a weighted mean, to be traded against each other'),
    points: z.number().int().min(2).max(200).optional().describe('Emphases tried between the groups'),
  })
  .describe('Asks for the mixtures on which no group can gain without another losing');
export type ParetoSpec = z.infer<typeof paretoSchema>;

export const optimisers = ['auto', 'simulate', 'exact', 'gradient'] as const;
export const optimiserSchema = z.enum(optimisers);
