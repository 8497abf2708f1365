import { z } from 'zod';

export const objectiveSchema = z.strictObject({
  targets: z
    .record(z.string().min(1).max(200), z.number().positive())
    .refine((targets) => Object.keys(targets).length > 0, { message: 'name at least one target' })
    .optional()
    .describe('Weight of each target; all targets equally when absent'),
  combine: z.enum(['weighted-mean', 'worst-case']).default('weighted-mean'),
});
export type ObjectiveSpec = z.infer<typeof objectiveSchema>;
