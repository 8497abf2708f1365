import { z } from 'zod';
import { jsonFloatSchema } from './json-float.js';
import { domainNameSchema } from './weights.js';

export const lossSchema = z.object({ natsPerToken: jsonFloatSchema, bitsPerByte: jsonFloatSchema });
export type Loss = { natsPerToken: number; bitsPerByte: number };

const lossesSchema = z.record(domainNameSchema, lossSchema);

export const backendNames = ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu', 'external'] as const;

export const failureClasses = [
  'data',
  'configuration',
  'out-of-memory',
  'timeout',
  'infrastructure',
  'internal',
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** One line of a trainer's output. Hostile until parsed with this schema. */
export const trainerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('backend'), name: z.enum(backendNames), reason: z.string().max(4000).default('') }),
  z.object({
    type: z.literal('progress'),
    step: z.number().int().min(0),
    totalSteps: z.number().int().min(1),
    tokens: z.number().int().min(0),
    trainLoss: jsonFloatSchema,
    losses: lossesSchema.optional(),
  }),
  z.object({
    type: z.literal('result'),
    losses: lossesSchema,
    tokens: z.number().int().min(0),
    seconds: z.number().min(0),
    parameters: z.number().int().min(0).optional().describe('Trainable parameters of the model'),
    domainTokens: z.record(domainNameSchema, z.number().int().min(0)).optional(),
  }),
  z.object({
    type: z.literal('diverged'),
    step: z.number().int().min(0),
    trainLoss: jsonFloatSchema,
    reason: z.string().max(1000),
  }),
  z.object({
    type: z.literal('error'),
    class: z.enum(['data', 'configuration', 'internal']),
    message: z.string().max(4000),
  }),
]);
export type TrainerMessage = z.infer<typeof trainerMessageSchema>;
export type TrainerResult = Extract<TrainerMessage, { type: 'result' }>;
