import { z } from 'zod';
import { constraintsSchema, importedConstraintsSchema } from './constraints.js';
import { fitSettingsSchema, seedSchema } from './fit.js';
import { objectiveSchema, optimiserSchema, paretoSchema } from './objective.js';
import { trainerChoiceSchema } from './trainer.js';
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

export const createSweepSchema = z.strictObject({
  name: lineOf(200).optional(),
  corpusId: z.string().min(1).max(100),
  seed: seedSchema.default(42),
  strategy: strategySchema.prefault({ name: 'regmix' }),
  trainer: trainerChoiceSchema.prefault({ name: 'transformer' }),
  prior: domainWeightsSchema.optional().describe('The natural mixture; token shares of the corpus when absent'),
  objective: objectiveSchema.prefault({}),
  constraints: constraintsSchema.prefault({}),
  fit: fitSettingsSchema.prefault({}),
  optimiser: optimiserSchema.default('auto'),
  pareto: paretoSchema.optional(),
  confirmation: z
    .strictObject({ seeds: z.number().int().min(3).max(20).default(3).describe('Runs of each mixture, seeds paired') })
    .prefault({}),
  maxAttempts: z.number().int().min(1).max(10).default(3),
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
  constraints: importedConstraintsSchema,
  confirmation: createSweepSchema.shape.confirmation.unwrap().nullable(),
});
export type SweepSpecification = z.infer<typeof sweepSpecificationSchema>;

export const sweepStates = ['running', 'fitting', 'confirming', 'completed', 'failed', 'cancelled'] as const;
export type SweepState = (typeof sweepStates)[number];

export const runStates = ['waiting', 'queued', 'running', 'succeeded', 'diverged', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

export const runRoles = ['design', 'proposal', 'best-observed', 'natural', 'uniform'] as const;
export type RunRole = (typeof runRoles)[number];
