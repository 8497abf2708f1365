import { z } from 'zod';
import { assignmentSchema } from '#libs/contracts';

/** The data of a job of the run queue. */
export const runMessageSchema = z.strictObject({
  assignment: assignmentSchema,
  /** Set while the job is held: the worker is asked to stop, for this reason. */
  stop: z.string().optional(),
});
export type RunMessage = z.infer<typeof runMessageSchema>;
