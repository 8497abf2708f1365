import { z } from 'zod';
import { jsonFloatSchema } from './json-float.js';
import { backendNames, expertLoadSchema, failureClasses, lossSchema } from './trainer-message.js';
import { workerSnapshotSchema } from './worker.js';

const losses = z.record(z.string(), lossSchema);

/** What a worker says of an attempt, by kind, without saying which attempt. */
export const reportBodies = {
  started: z.object({ type: z.literal('started'), host: z.string().max(200) }),
  heartbeat: z.object({ type: z.literal('heartbeat') }),
  backend: z.object({ type: z.literal('backend'), backend: z.enum(backendNames), reason: z.string().max(4000) }),
  resumed: z.object({ type: z.literal('resumed'), step: z.number().int() }),
  checkpoint: z.object({ type: z.literal('checkpoint'), step: z.number().int() }),
  progress: z.object({
    type: z.literal('progress'),
    step: z.number().int(),
    totalSteps: z.number().int(),
    tokens: z.number().int(),
    trainLoss: jsonFloatSchema,
    losses: losses.optional(),
  }),
  result: z.object({
    type: z.literal('result'),
    losses,
    tokens: z.number().int(),
    seconds: z.number(),
    parameters: z.number().int().optional(),
    flops: z.number().min(0).optional(),
    domainTokens: z.record(z.string(), z.number().int()).optional(),
    expertLoads: z.array(expertLoadSchema).max(20_000).optional(),
  }),
  diverged: z.object({
    type: z.literal('diverged'),
    step: z.number().int(),
    trainLoss: jsonFloatSchema,
    reason: z.string().max(1000),
  }),
  failed: z.object({
    type: z.literal('failed'),
    class: z.enum(failureClasses),
    message: z.string().max(4000),
    stderrTail: z.string().max(8000).default(''),
  }),
  released: z.object({ type: z.literal('released'), reason: z.string().max(500) }),
} as const;

export const workerIdSchema = z.string().min(1).max(200);
const fence = { runId: z.string(), attempt: z.number().int().min(1), workerId: workerIdSchema };

/** What a worker says of an attempt. Each carries its number; a stale one is refused. */
export const attemptReportSchema = z.discriminatedUnion('type', [
  reportBodies.started.extend(fence),
  reportBodies.heartbeat.extend(fence),
  reportBodies.backend.extend(fence),
  reportBodies.resumed.extend(fence),
  reportBodies.checkpoint.extend(fence),
  reportBodies.progress.extend(fence),
  reportBodies.result.extend(fence),
  reportBodies.diverged.extend(fence),
  reportBodies.failed.extend(fence),
  reportBodies.released.extend(fence),
]);
/** As the worker sends it. */
export type AttemptReportInput = z.input<typeof attemptReportSchema>;
/** As the API reads it. */
export type AttemptReport = z.output<typeof attemptReportSchema>;

/** What travels through the durable report queue: reports of attempts, and what a worker says of itself. */
export const reportSchema = z.discriminatedUnion('type', [
  ...attemptReportSchema.options,
  z.object({ type: z.literal('worker'), worker: workerSnapshotSchema }),
]);
export type ReportInput = z.input<typeof reportSchema>;
export type Report = z.output<typeof reportSchema>;
