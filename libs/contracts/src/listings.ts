import { z } from 'zod';
import { corpusSchema } from './corpus.js';
import { sweepSchema } from './responses.js';
import { runRoles, runStates } from './sweep.js';
import { lineOf } from './weights.js';

/** How every list is paged. */
export const pageQuerySchema = z.strictObject({
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const runsQuerySchema = pageQuerySchema.extend({
  state: z.enum(runStates).optional(),
  role: z.enum(runRoles).optional(),
  fidelity: lineOf(60).optional().describe("A fidelity's name"),
});

export const submitQuerySchema = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: answers with the design, its feasibility and a cost estimate, and starts nothing'),
});

export const corpusListSchema = z.object({ corpora: z.array(corpusSchema) });
export type CorpusList = z.infer<typeof corpusListSchema>;

export const sweepPageSchema = z.object({
  sweeps: z.array(sweepSchema),
  total: z.number().int(),
  nextOffset: z.number().int().nullable(),
});
export type SweepPage = z.infer<typeof sweepPageSchema>;

export const submittedSweepSchema = sweepSchema.extend({
  notes: z.array(z.string()).describe('What was mended in the request: a sum that was not 1, for example'),
});
export type SubmittedSweep = z.infer<typeof submittedSweepSchema>;

export const retriedSchema = z.object({ retried: z.number().int().describe('Runs that wait for a new attempt') });

export const readinessSchema = z.object({
  status: z.enum(['ready', 'unavailable']),
  checks: z.object({ database: z.enum(['ok', 'unavailable']), queue: z.enum(['ok', 'unavailable']) }),
});
export type Readiness = z.infer<typeof readinessSchema>;
