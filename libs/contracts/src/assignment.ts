import { z } from 'zod';
import { trainerChoiceSchema, transformerParametersSchema } from './trainer.js';
import { domainNameSchema } from './weights.js';

const identity = {
  sweepId: z.string(),
  runId: z.string(),
  attempt: z.number().int().min(1).describe('The fencing token: every report carries it'),
  seed: z.number().int().min(0),
};

/** What the queue carries to a worker: everything a run needs, and no command, environment or absolute path. */
export const assignmentSchema = z.strictObject({
  ...identity,
  trainer: trainerChoiceSchema,
  domains: z
    .array(z.strictObject({ name: domainNameSchema, source: z.string(), weight: z.number().min(0).max(1) }))
    .min(2),
  leaseSeconds: z.number().positive().describe('Without a heartbeat for this long the attempt is taken away'),
});
export type Assignment = z.infer<typeof assignmentSchema>;

/** What the worker writes to assignment.json for the trainer: the sources resolved to paths on its own disk. */
export const assignmentFileSchema = z.strictObject({
  runId: z.string(),
  attempt: identity.attempt,
  seed: identity.seed,
  parameters: transformerParametersSchema,
  domains: z
    .array(z.strictObject({ name: domainNameSchema, path: z.string(), weight: z.number().min(0).max(1) }))
    .min(1),
});
export type AssignmentFile = z.infer<typeof assignmentFileSchema>;
