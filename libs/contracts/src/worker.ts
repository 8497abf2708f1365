import { z } from 'zod';
import { backendNames } from './trainer-message.js';

/** `active`: claims runs. `broken`: claims nothing after failures that no run caused. `stopping`, `stopped`: told to go. */
export const workerStates = ['active', 'broken', 'stopping', 'stopped'] as const;
export type WorkerState = (typeof workerStates)[number];

/** What a worker says of itself, whole each time: at its start, on every change, and as its sign of life. */
export const workerSnapshotSchema = z.object({
  id: z.string().min(1).max(200),
  host: z.string().max(200),
  /** Grows with every snapshot of this worker: an older one that arrives later is passed over. */
  sequence: z.number().int().min(0),
  version: z.string().max(100),
  transport: z.enum(['queue', 'http']),
  backend: z.enum(backendNames).nullable().describe('Of the built-in trainer; null while it is measured'),
  backendReason: z.string().max(4000).describe('Why the faster backends are not used'),
  gigaflops: z.number().min(0).nullable().describe('Of a matrix product on that backend'),
  tokensPerSecond: z.number().min(0).nullable().describe('Of the default proxy in training, for each slot'),
  slots: z.number().int().min(1).max(1024).describe('Runs trained at a time'),
  busy: z.number().int().min(0),
  gpus: z.array(z.string().max(100)).max(64),
  trainers: z.array(z.string().max(100)).max(100),
  state: z.enum(workerStates),
  reason: z.string().max(4000).nullable().describe('Why it claims nothing'),
  heartbeatSeconds: z.number().positive().max(3600).describe('Silence for three times as long counts as gone'),
});
export type WorkerSnapshot = z.infer<typeof workerSnapshotSchema>;

/** As GET /v1/workers shows it. */
export const workerSchema = workerSnapshotSchema.omit({ sequence: true }).extend({
  state: z.enum([...workerStates, 'lost']).describe('lost: no sign of life for three heartbeats'),
  registeredAt: z.string(),
  heartbeatAt: z.string(),
});
export type WorkerResponse = z.infer<typeof workerSchema>;
export const workerListSchema = z.object({ workers: z.array(workerSchema) });
export type WorkerList = z.infer<typeof workerListSchema>;
