import { z } from 'zod';
import { jsonFloatSchema } from './json-float.js';
import { backendNames, failureClasses, lossSchema } from './trainer-message.js';

const fence = { runId: z.string(), attempt: z.number().int().min(1), workerId: z.string().max(200) };
const losses = z.record(z.string(), lossSchema);

/** What a worker tells the API through the durable report queue. Each carries its attempt; a stale one is refused. */
export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), ...fence, host: z.string().max(200) }),
  z.object({ type: z.literal('heartbeat'), ...fence }),
  z.object({ type: z.literal('backend'), ...fence, backend: z.enum(backendNames), reason: z.string().max(4000) }),
  z.object({
    type: z.literal('progress'),
    ...fence,
    step: z.number().int(),
    totalSteps: z.number().int(),
    tokens: z.number().int(),
    trainLoss: jsonFloatSchema,
    losses: losses.optional(),
  }),
  z.object({
    type: z.literal('result'),
    ...fence,
    losses,
    tokens: z.number().int(),
    seconds: z.number(),
    parameters: z.number().int().optional(),
    domainTokens: z.record(z.string(), z.number().int()).optional(),
  }),
  z.object({
    type: z.literal('diverged'),
    ...fence,
    step: z.number().int(),
    trainLoss: jsonFloatSchema,
    reason: z.string().max(1000),
  }),
  z.object({
    type: z.literal('failed'),
    ...fence,
    class: z.enum(failureClasses),
    message: z.string().max(4000),
    stderrTail: z.string().max(8000).default(''),
  }),
  z.object({ type: z.literal('released'), ...fence, reason: z.string().max(500) }),
]);
/** As the worker sends it. */
export type ReportInput = z.input<typeof reportSchema>;
/** As the API reads it. */
export type Report = z.output<typeof reportSchema>;
