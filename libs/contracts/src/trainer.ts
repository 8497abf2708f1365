import { z } from 'zod';
import { transformerParametersSchema, transformerRequestSchema } from './transformer-parameters.js';
import { columnNameSchema, lineOf } from './weights.js';

/** The trainer that every worker brings. */
export const builtInTrainerName = 'transformer';

const commandTrainerNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be small letters, digits and "-", beginning with a letter')
  .refine((name) => name !== builtInTrainerName, { message: `is the built-in trainer "${builtInTrainerName}"` });

const parameterNameSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be letters, digits and "_", not beginning with a digit');

/** A value reaches the program inside a JSON file and never on a command line. */
export const commandParametersSchema = z
  .record(parameterNameSchema, z.union([z.number(), z.boolean(), lineOf(1000, 0)]))
  .refine((parameters) => Object.keys(parameters).length <= 100, { message: 'at most 100 parameters' });
export type CommandParameters = z.infer<typeof commandParametersSchema>;

/** The user's own program: a name that workers know from the manifest on their own disk, and typed values. */
export const commandTrainerSchema = z.strictObject({
  name: commandTrainerNameSchema,
  parameters: commandParametersSchema.default({}),
  targets: z
    .array(columnNameSchema)
    .min(1)
    .max(1000)
    .refine((names) => new Set(names).size === names.length, { message: 'a target is named twice' })
    .optional()
    .describe('What the program measures; a held-out loss of each domain when absent'),
  tokensPerRun: z.number().int().positive().optional().describe('For the cost estimate; the program decides itself'),
});
export type CommandTrainer = z.infer<typeof commandTrainerSchema>;

/** What a sweep keeps and a worker gets. */
export const trainerChoiceSchema = z.union([
  z.strictObject({ name: z.literal(builtInTrainerName), parameters: transformerParametersSchema.prefault({}) }),
  commandTrainerSchema,
]);
export type TrainerChoice = z.infer<typeof trainerChoiceSchema>;

/** What a user asks for. */
export const trainerRequestSchema = z.union([
  z.strictObject({ name: z.literal(builtInTrainerName), parameters: transformerRequestSchema.prefault({}) }),
  commandTrainerSchema,
]);
export type TrainerRequest = z.infer<typeof trainerRequestSchema>;

/** Narrows a choice: TypeScript cannot tell a literal name from a pattern. */
export function isTransformer<Choice extends { name: string; parameters: unknown }>(
  trainer: Choice,
): trainer is Extract<Choice, { name: typeof builtInTrainerName }> {
  return trainer.name === builtInTrainerName;
}
