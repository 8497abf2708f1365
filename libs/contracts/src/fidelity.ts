import { z } from 'zod';
import { trainerChoiceSchema } from './trainer.js';
import { lineOf } from './weights.js';

/** The fidelity of a sweep that names none. */
export const defaultFidelityName = 'proxy';

const identity = {
  name: lineOf(60).describe('How listings and assignments call it'),
  runs: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('Mixtures trained at this fidelity: the first so many of the design; all when absent'),
};

/**
 * A model size and a number of tokens. The fit and the proposal are made from the first one; the runs of the others
 * show whether its ranking of mixtures holds at their size.
 */
export const fidelityRequestSchema = z.strictObject({
  ...identity,
  parameters: z
    .record(z.string().max(64), z.union([z.number(), z.boolean(), z.string(), z.record(z.string(), z.unknown())]))
    .describe("Changes to the trainer's parameters; checked together with them"),
});
export type FidelityRequest = z.infer<typeof fidelityRequestSchema>;

/** As a sweep keeps it: the trainer's parameters, whole. */
export const fidelitySchema = z.strictObject({
  name: identity.name,
  runs: z.number().int(),
  trainer: trainerChoiceSchema,
});
export type Fidelity = z.infer<typeof fidelitySchema>;
