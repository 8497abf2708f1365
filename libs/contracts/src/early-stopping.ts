import { z } from 'zod';

/**
 * Asynchronous successive halving on learning curves continued to their end. Runs are judged where they are evaluated
 * (evaluationEvery), at rungs a factor `reduction` apart in steps, the last one before two thirds of them; at each, the
 * best 1 / reduction go on, and those that may still end among them.
 */
export const earlyStoppingSchema = z.strictObject({
  reduction: z
    .number()
    .min(1.5)
    .max(10)
    .default(3)
    .describe('Of the runs at a rung, one in so many goes on for certain'),
  firstRung: z.number().min(0.05).max(0.9).default(0.3).describe('Share of the steps before the first judgement'),
  minimumRuns: z
    .number()
    .int()
    .min(3)
    .max(10_000)
    .default(8)
    .describe('Runs that must have reached a rung before it judges'),
  keepProbability: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.05)
    .describe('A run goes on while it may still end among the best with at least this probability'),
});
export type EarlyStopping = z.infer<typeof earlyStoppingSchema>;
