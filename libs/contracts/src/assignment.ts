import { z } from 'zod';
import { trainerChoiceSchema } from './trainer.js';
import { domainNameSchema, relativePathSchema } from './weights.js';

const identity = {
  sweepId: z.string(),
  runId: z.string(),
  attempt: z.number().int().min(1).describe('The fencing token: every report carries it'),
  seed: z.number().int().min(0),
  fidelity: z.string().describe("Which of the sweep's model sizes this run trains"),
};

const domain = {
  name: domainNameSchema,
  weight: z.number().min(0).max(1),
  tokens: z.number().int().positive().describe('Tokens available in the corpus, not only on this worker'),
};

const checkpoints = {
  everySteps: z.number().int().min(0).describe("Steps between checkpoints; 0: by the worker's clock"),
  keepFinal: z.boolean().describe('Keep the final weights in the checkpoint store'),
};

/** What the queue carries to a worker: everything a run needs, and no command, environment or absolute path. */
export const assignmentSchema = z.strictObject({
  ...identity,
  trainer: trainerChoiceSchema,
  domains: z.array(z.strictObject({ ...domain, source: relativePathSchema })).min(2),
  checkpoints: z.strictObject(checkpoints),
  leaseSeconds: z.number().positive().describe('Without a heartbeat for this long the attempt is taken away'),
});
export type Assignment = z.infer<typeof assignmentSchema>;

/** What the worker writes to assignment.json for the trainer: the sources resolved to paths on its own disk. */
export const assignmentFileSchema = z.strictObject({
  ...identity,
  trainer: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  targets: z.array(z.string()).optional().describe('The losses that a result must hold'),
  /** A transformer's tokenizer.json. */
  tokenizerPath: z.string().optional(),
  /** Where a transformer keeps tokenised text for later runs of this worker. */
  tokenCacheFolder: z.string().optional(),
  domains: z.array(z.strictObject({ ...domain, path: z.string() })).min(1),
  /** Null on a worker without a checkpoint store. */
  checkpoints: z
    .strictObject({
      ...checkpoints,
      everySeconds: z.number().min(0),
      folder: z.string().describe("This attempt's own; what is complete in it is kept by the worker"),
      resumeFrom: z.string().nullable().describe("An earlier attempt's complete checkpoint, to be read only"),
    })
    .nullable()
    .default(null),
});
export type AssignmentFile = z.infer<typeof assignmentFileSchema>;
