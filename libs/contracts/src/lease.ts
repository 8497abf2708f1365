import { z } from 'zod';
import { assignmentSchema } from './assignment.js';
import { reportBodies, workerIdSchema } from './report.js';

/** Longer and proxies begin to cut the connection. */
export const longestLeaseWait = 30;

/** Which attempt of which run: an attempt is leased to one worker, once. */
export const leaseIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}\.[1-9]\d{0,8}$/, 'must be the id of a lease: RUN.ATTEMPT')
  .describe("The run's id, a dot, and the number of the attempt");

export function leaseIdOf({ runId, attempt }: { runId: string; attempt: number }): string {
  return `${runId}.${attempt}`;
}

/** The inverse of `leaseIdOf`, for an id that the schema accepts. */
export function parseLeaseId(id: string): { runId: string; attempt: number } {
  const dot = id.lastIndexOf('.');
  return { runId: id.slice(0, dot), attempt: Number(id.slice(dot + 1)) };
}

const workerId = workerIdSchema.describe("The same in every request of one worker process, and nobody else's");

/** A worker without a route to the queue asks for one run. */
export const leaseRequestSchema = z.strictObject({
  workerId,
  host: z.string().max(200),
  trainers: z.array(z.string().max(100)).min(1).max(100).describe('Trainers that this worker has; only their runs'),
  holding: z
    .array(leaseIdSchema)
    .max(1000)
    .describe(
      'Leases that reached this worker and are not known to have ended. One of its own that is missing here was lost ' +
        'on its way, and is handed out again before anything new',
    ),
  waitSeconds: z
    .number()
    .min(0)
    .max(longestLeaseWait)
    .default(0)
    .describe('How long the answer may take when there is nothing to do'),
  lostOnly: z.boolean().default(false).describe('Nothing new: only what was lost on its way'),
});
export type LeaseRequestInput = z.input<typeof leaseRequestSchema>;
export type LeaseRequest = z.output<typeof leaseRequestSchema>;

export const leaseSchema = z.object({ id: leaseIdSchema, assignment: assignmentSchema });
export type Lease = z.infer<typeof leaseSchema>;
export const leasedSchema = z.object({ lease: leaseSchema });
export type Leased = z.infer<typeof leasedSchema>;

export const leaseHeartbeatSchema = z.strictObject({ workerId });
export const leaseHeartbeatAnswerSchema = z.object({
  stop: z.string().nullable().describe('Why this worker is to end the run without another word; null: go on'),
});
export type LeaseHeartbeatAnswer = z.infer<typeof leaseHeartbeatAnswerSchema>;

/** What a worker tells while it trains, in order. */
export const leaseReportsSchema = z.strictObject({
  workerId,
  reports: z
    .array(
      z.discriminatedUnion('type', [
        reportBodies.backend,
        reportBodies.resumed,
        reportBodies.checkpoint,
        reportBodies.progress,
      ]),
    )
    .min(1)
    .max(1000),
});

/** How a run can end on its worker. */
export const leaseCompleteSchema = reportBodies.result.omit({ type: true }).extend({ workerId });
export const leaseFailSchema = z.discriminatedUnion('type', [
  reportBodies.failed.extend({ workerId }),
  reportBodies.diverged.extend({ workerId }),
]);
export const leaseReleaseSchema = reportBodies.released.omit({ type: true }).extend({ workerId });
