import { z } from 'zod';
import { constraintsSchema, importedConstraintsSchema } from './constraints.js';
import { earlyStoppingSchema } from './early-stopping.js';
import { fidelityRequestSchema, fidelitySchema } from './fidelity.js';
import { fitSettingsSchema, seedSchema } from './fit.js';
import { objectiveSchema, optimiserSchema, paretoSchema } from './objective.js';
import { trainerChoiceSchema, trainerRequestSchema } from './trainer.js';
import { type FailureClass, failureClasses } from './trainer-message.js';
import { baselineSchema } from './training-config.js';
import { domainWeightsSchema, lineOf } from './weights.js';

/** RegMix's design; defaults are its published ones. */
export const regmixStrategySchema = z.strictObject({
  name: z.literal('regmix'),
  runs: z.number().int().min(8, 'a fit with held-out runs needs at least 8').max(10_000).default(64),
  temperature: z.number().min(0).max(1).default(0.5).describe('Exponent applied to the prior before sampling'),
  minStrength: z.number().positive().default(0.1),
  maxStrength: z.number().positive().max(1000).default(5),
  strengths: z.number().int().min(1).max(100).default(15),
  maximumUsage: z.number().positive().default(15).describe('No weight above this many times the natural share'),
  minimumWeight: z.number().min(0).max(0.1).default(2e-4).describe('Smaller weights become 0; also the rounding step'),
});

export const strategySchema = z.discriminatedUnion('name', [regmixStrategySchema]);
export type Strategy = z.infer<typeof strategySchema>;

/** How often another attempt is made after failures of each class; `data` and `configuration` repeat for certain. */
export const defaultRetries: Record<FailureClass, number> = {
  data: 0,
  configuration: 0,
  'out-of-memory': 1,
  timeout: 1,
  infrastructure: 10,
  internal: 10,
  diverged: 0,
};
const retriesSchema = z
  .strictObject(
    Object.fromEntries(
      failureClasses.map((name) => [name, z.number().int().min(0).max(100).default(defaultRetries[name])]),
    ) as Record<FailureClass, z.ZodDefault<z.ZodNumber>>,
  )
  .describe('Attempts made again after failures of each class');

export const createSweepSchema = z.strictObject({
  name: lineOf(200).optional(),
  corpusId: z.string().min(1).max(100),
  seed: seedSchema.default(42),
  strategy: strategySchema.prefault({ name: 'regmix' }),
  trainer: trainerRequestSchema.prefault({ name: 'transformer' }),
  fidelities: z
    .array(fidelityRequestSchema)
    .min(1)
    .max(8)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, { message: 'a name is given twice' })
    .optional()
    .describe("Model sizes and tokens; one, of the trainer's own parameters, when absent"),
  checkpoints: z
    .strictObject({
      everySteps: z.number().int().min(0).default(0).describe("Steps between checkpoints; 0: by each worker's clock"),
      keepFinal: z.boolean().default(false).describe("Keep every run's final weights in the workers' checkpoint store"),
    })
    .prefault({}),
  earlyStopping: earlyStoppingSchema.optional().describe('Off when absent'),
  baseline: baselineSchema.optional().describe('A mixture to confirm beside natural and uniform: the one used today'),
  prior: domainWeightsSchema.optional().describe('The natural mixture; token shares of the corpus when absent'),
  objective: objectiveSchema.prefault({}),
  constraints: constraintsSchema.prefault({}),
  fit: fitSettingsSchema.prefault({}),
  optimiser: optimiserSchema.default('auto'),
  pareto: paretoSchema.optional(),
  confirmation: z
    .strictObject({
      seeds: z.number().int().min(3).max(20).default(3).describe('Runs of each mixture, seeds paired'),
      fidelity: lineOf(60).optional().describe('Name of the fidelity they are trained at; the first when absent'),
    })
    .prefault({}),
  maxAttempts: z.number().int().min(1).max(10).default(3).describe('Failures of a run at most, infrastructure aside'),
  retries: retriesSchema.prefault({}),
});
export type CreateSweep = z.infer<typeof createSweepSchema>;
export type CreateSweepInput = z.input<typeof createSweepSchema>;

/** What a sweep keeps of its request. One of imported runs has no trainer, and so no confirmation runs either. */
export const sweepSpecificationSchema = createSweepSchema.extend({
  strategy: z.discriminatedUnion('name', [
    regmixStrategySchema,
    z.strictObject({ name: z.literal('imported'), runs: z.number().int().describe('How many were imported') }),
  ]),
  trainer: trainerChoiceSchema.nullable(),
  fidelities: z.array(fidelitySchema).default([]),
  constraints: importedConstraintsSchema,
  confirmation: createSweepSchema.shape.confirmation.unwrap().nullable(),
});
export type SweepSpecification = z.infer<typeof sweepSpecificationSchema>;

export const sweepStates = ['running', 'fitting', 'confirming', 'completed', 'failed', 'cancelled'] as const;
export type SweepState = (typeof sweepStates)[number];

export const runStates = [
  'waiting',
  'queued',
  'running',
  'succeeded',
  'censored',
  'diverged',
  'failed',
  'cancelled',
] as const;
export type RunState = (typeof runStates)[number];

export const runRoles = ['design', 'proposal', 'best-observed', 'natural', 'uniform', 'baseline'] as const;
export type RunRole = (typeof runRoles)[number];
