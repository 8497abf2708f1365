import { z } from 'zod';
import { jsonFloatSchema } from './json-float.js';
import { columnNameSchema, domainNameSchema } from './weights.js';

/** A program that measures something else than bytes gives one number, in nats per token or a unit of its own. */
export const lossSchema = z.union([
  z.object({ natsPerToken: jsonFloatSchema, bitsPerByte: jsonFloatSchema.nullable().default(null) }),
  jsonFloatSchema.transform((natsPerToken) => ({ natsPerToken, bitsPerByte: null })),
]);
export type Loss = { natsPerToken: number; bitsPerByte: number | null };

const lossesSchema = z
  .record(columnNameSchema, lossSchema)
  .refine((losses) => Object.keys(losses).length <= 1000, { message: 'at most 1000 losses' });

export const backendNames = ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu', 'external'] as const;
export type BackendName = (typeof backendNames)[number];

export const failureClasses = [
  'data',
  'configuration',
  'out-of-memory',
  'timeout',
  'infrastructure',
  'internal',
  'diverged',
] as const;
export type FailureClass = (typeof failureClasses)[number];

const countSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Tokens that each routed expert of one layer got from one domain's held-out text. */
export const expertLoadSchema = z.object({
  layer: z.number().int().min(0).max(1000),
  domain: domainNameSchema,
  load: z.array(countSchema).min(1).max(4096),
});
export type ExpertLoad = z.infer<typeof expertLoadSchema>;

/** One line of a trainer's output. Hostile until parsed with this schema. */
export const trainerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('backend'), name: z.enum(backendNames), reason: z.string().max(4000).default('') }),
  /** It goes on where the checkpoint of an earlier attempt ended. */
  z.object({ type: z.literal('resumed'), step: countSchema }),
  /** The files in `<folder>/step-<n>` are complete: from now on they are the worker's. */
  z.object({
    type: z.literal('checkpoint'),
    step: countSchema,
    final: z.boolean().optional().describe('The weights at the end of the training'),
  }),
  /** It could not be written; the training goes on. */
  z.object({ type: z.literal('checkpoint-failed'), step: countSchema, reason: z.string().max(4000) }),
  z.object({
    type: z.literal('progress'),
    step: countSchema,
    totalSteps: z.number().int().min(1),
    tokens: countSchema,
    trainLoss: jsonFloatSchema,
    losses: lossesSchema.optional(),
  }),
  /** Of the last evaluation: the loads said before a result belong to it. */
  expertLoadSchema.extend({ type: z.literal('expert-load') }),
  z.object({
    type: z.literal('result'),
    losses: lossesSchema,
    tokens: countSchema,
    seconds: z.number().min(0).optional().describe("The worker's own clock when absent"),
    parameters: countSchema.optional().describe('Trainable parameters of the model'),
    flops: z.number().min(0).optional().describe('Floating-point operations of the training'),
    domainTokens: z.record(domainNameSchema, countSchema).optional(),
  }),
  z.object({
    type: z.literal('diverged'),
    step: countSchema,
    trainLoss: jsonFloatSchema,
    reason: z.string().max(1000),
  }),
  z.object({
    type: z.literal('error'),
    class: z.enum(['data', 'configuration', 'out-of-memory', 'timeout', 'infrastructure', 'internal']),
    message: z.string().max(4000),
  }),
]);
export type TrainerMessage = z.infer<typeof trainerMessageSchema>;
export type TrainerResult = Extract<TrainerMessage, { type: 'result' }>;
