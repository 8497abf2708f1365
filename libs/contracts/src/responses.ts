import { z } from 'zod';
import { jsonFloatOutputSchema } from './json-float.js';
import { runRoles, runStates, sweepSpecificationSchema, sweepStates } from './sweep.js';
import { expertLoadSchema, failureClasses } from './trainer-message.js';
import { domainWeightsSchema } from './weights.js';

const lossOutput = z.object({
  natsPerToken: jsonFloatOutputSchema.describe('Of an imported run: the loss in its own unit'),
  bitsPerByte: jsonFloatOutputSchema.nullable().describe('Null where only one number is known'),
  bounds: z
    .object({ lower: z.number(), upper: z.number() })
    .optional()
    .describe('Of a run that was stopped early: where its final loss lies'),
});

export const progressSchema = z.object({
  runs: z.record(z.enum(runStates), z.number().int()),
  total: z.number().int().describe('Runs known so far; confirmation runs are counted from the start'),
  finished: z.number().int(),
  fraction: z.number().describe('Share of the work done, running runs counted by their steps'),
  secondsElapsed: z.number(),
  secondsLeft: z.number().nullable().describe('Estimate; null until a run has made progress'),
});
export type Progress = z.infer<typeof progressSchema>;

/** How many runs of the design there are of one size. */
export const fidelityProgressSchema = z.object({
  name: z.string(),
  runs: z.record(z.enum(runStates), z.number().int()).describe('Of the design, by state'),
});
export type FidelityProgress = z.infer<typeof fidelityProgressSchema>;

const rankCorrelationSchema = z.object({
  spearman: z.number().nullable().describe('Null with fewer than 8 shared mixtures, or where there is no order'),
  lower90: z.number().nullable(),
  upper90: z.number().nullable(),
});

/** Whether the order of mixtures at the first fidelity, which the fit is of, holds at another one. */
export const rankTransferSchema = z.object({
  fidelity: z.string(),
  from: z.string().describe('The first fidelity'),
  mixtures: z.number().int().describe('Trained to the end at both'),
  objective: rankCorrelationSchema,
  targets: z.record(z.string(), rankCorrelationSchema),
  statement: z.string(),
});
export type RankTransfer = z.infer<typeof rankTransferSchema>;

export const rankTransfersSchema = z.object({ transfers: z.array(rankTransferSchema) });
export type RankTransfers = z.infer<typeof rankTransfersSchema>;

const pairedDifferenceSchema = z.object({
  mean: z.number(),
  standardError: z.number(),
  lower95: z.number(),
  upper95: z.number(),
  pairs: z.number().int(),
});
export type PairedDifference = z.infer<typeof pairedDifferenceSchema>;

/** Losses of the confirmation runs, paired by seed. A positive difference means that the proposal is better. */
export const confirmationSchema = z.object({
  objective: z.object({
    proposal: z.number().nullable(),
    'best-observed': z.number().nullable(),
    natural: z.number().nullable(),
    uniform: z.number().nullable(),
    baseline: z.number().nullable().optional(),
  }),
  baseline: z.string().optional().describe("Name of the sweep's own baseline; absent without one"),
  seeds: z.array(z.number().int()),
  losses: z
    .record(z.string(), z.record(z.string(), z.number()))
    .describe('Mean loss by arm and target, nats per token'),
  naturalMinusProposal: pairedDifferenceSchema.nullable(),
  uniformMinusProposal: pairedDifferenceSchema.nullable(),
  bestObservedMinusProposal: pairedDifferenceSchema.nullable(),
  baselineMinusProposal: pairedDifferenceSchema.nullable().optional().describe('Absent without a baseline'),
  naturalMinusBestObserved: pairedDifferenceSchema.nullable(),
  recommended: z.enum(['proposal', 'best-observed', 'natural', 'uniform', 'baseline']),
  fidelity: z.string().optional().describe('At which its runs were trained, where it is not the one that was fitted'),
  weights: domainWeightsSchema.describe('The recommended mixture'),
  statement: z.string(),
  leftOut: z.array(z.object({ runId: z.string(), role: z.string(), reason: z.string() })),
});
export type Confirmation = z.infer<typeof confirmationSchema>;

export const sweepSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(sweepStates),
  reason: z.string().nullable().describe('Why it failed'),
  corpusId: z.string(),
  specification: sweepSpecificationSchema,
  targets: z
    .array(z.string())
    .describe('What its runs measure: a held-out loss of each domain, or the columns imported'),
  progress: progressSchema,
  fidelities: z.array(fidelityProgressSchema).describe('In the order of the specification; empty of imported runs'),
  spent: z
    .object({
      runs: z.number().int(),
      tokens: z.number(),
      flops: z.number().describe('Floating-point operations'),
      seconds: z.number(),
    })
    .describe('What its measured runs took so far; a run whose program does not say counts as nothing'),
  unstarted: z.string().nullable().describe('Why nobody starts the runs that wait, where no worker can'),
  fitId: z.string().nullable(),
  proposalId: z.string().nullable(),
  confirmation: confirmationSchema.nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type SweepResponse = z.infer<typeof sweepSchema>;

export const sweepDesignSchema = z.object({
  dryRun: z.literal(true),
  domains: z.array(z.string()),
  prior: domainWeightsSchema,
  caps: domainWeightsSchema,
  mixtures: z.array(domainWeightsSchema),
  notes: z.array(z.string()).describe('What was mended: a sum that was not 1, for example'),
  estimate: z.object({
    designRuns: z.number().int(),
    confirmationRuns: z.number().int(),
    tokensPerRun: z.number().nullable().describe("Of the first fidelity; null where only the user's program knows"),
    tokens: z.number().nullable().describe('Of all runs'),
    flops: z.number().nullable().describe('Floating-point operations of training all runs'),
    fidelities: z
      .array(
        z.object({
          name: z.string(),
          runs: z.number().int().describe('Confirmation runs included'),
          parameters: z.number().nullable().describe('Trainable parameters of the model'),
          tokensPerRun: z.number().nullable(),
          flopsPerRun: z.number().nullable(),
        }),
      )
      .describe('In the order of the specification'),
  }),
});
export type SweepDesign = z.infer<typeof sweepDesignSchema>;

export const attemptSchema = z.object({
  number: z.number().int(),
  state: z.string(),
  workerId: z.string().nullable(),
  host: z.string().nullable(),
  backend: z.string().nullable(),
  failureClass: z.string().nullable(),
  message: z.string().nullable(),
  stderrTail: z.string().nullable(),
  resumedStep: z.number().int().nullable().describe("The step of an earlier attempt's checkpoint it went on from"),
  checkpointStep: z.number().int().nullable().describe('The last step it can be resumed from'),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

export const runSchema = z.object({
  id: z.string(),
  sweepId: z.string(),
  index: z.number().int(),
  label: z.string().nullable().describe("An imported run's own id"),
  role: z.enum(runRoles),
  state: z.enum(runStates),
  weights: domainWeightsSchema,
  fidelity: z.string().nullable().describe('Null of an imported run'),
  seed: z.number().int(),
  attempt: z.number().int(),
  step: z.number().int(),
  totalSteps: z.number().int().nullable(),
  trainLoss: jsonFloatOutputSchema.nullable(),
  reason: z.string().nullable(),
  observation: z
    .object({
      losses: z.record(z.string(), lossOutput),
      tokens: z.number().nullable(),
      seconds: z.number().nullable(),
      backend: z.string().nullable(),
      parameters: z.number().nullable(),
      flops: z.number().nullable(),
      censoredAt: z.number().int().nullable().describe('The step at which the run was stopped early'),
    })
    .nullable(),
});
export type RunResponse = z.infer<typeof runSchema>;

export const runDetailSchema = runSchema.extend({
  attempts: z.array(attemptSchema),
  failures: z
    .partialRecord(z.enum(failureClasses), z.number().int())
    .describe('Failed attempts by class, since the run was last retried by hand'),
  notBefore: z.string().nullable().describe('When the next attempt may begin, after a failure of the infrastructure'),
  expertLoads: z
    .array(expertLoadSchema)
    .describe("Tokens that each expert of a layer got from each domain's held-out text; empty unless it has experts"),
  expertRouting: z
    .array(
      z.object({
        layer: z.number().int(),
        mutualInformationBits: z.number().describe('Of domain and expert: 0 where all domains are routed alike'),
        maximumViolation: z.number().describe('Largest load over the mean load, less 1'),
        entropy: z.number().describe('Of the loads, over log of the number of experts: 1 is balance'),
        variation: z.number().describe('Coefficient of variation of the loads: 0 is balance'),
      }),
    )
    .describe('What expertLoads say of each layer; balance is that of the loads added up over domains'),
});
export type RunDetailResponse = z.infer<typeof runDetailSchema>;

/** Attempts of a sweep that failed, by class, the commonest class first. */
export const sweepFailuresSchema = z.object({
  failures: z.array(
    z.object({
      class: z.enum(failureClasses),
      attempts: z.number().int(),
      message: z.string().describe('What came most often'),
      times: z.number().int().describe('How often that message came'),
      advice: z.string().describe('What to do about it'),
    }),
  ),
});
export type SweepFailures = z.infer<typeof sweepFailuresSchema>;

export const runPageSchema = z.object({
  runs: z.array(runSchema),
  total: z.number().int(),
  nextOffset: z.number().int().nullable(),
});
export type RunPage = z.infer<typeof runPageSchema>;

export const curveSchema = z.object({
  runId: z.string(),
  points: z.array(
    z.object({
      attempt: z.number().int(),
      step: z.number().int(),
      tokens: z.number(),
      trainLoss: jsonFloatOutputSchema,
      losses: z.record(z.string(), lossOutput).optional(),
    }),
  ),
});
export type CurveResponse = z.infer<typeof curveSchema>;

/** The document that `cuvee propose` prints, GET returns and every exporter reads; see libs/proposals. */
export const proposalSchema = z.object({
  id: z.string(),
  sweepId: z.string(),
  fitId: z.string(),
  hash: z.string(),
  createdAt: z.string(),
  weights: domainWeightsSchema,
  document: z.record(z.string(), z.unknown()),
});
export type ProposalResponse = z.infer<typeof proposalSchema>;

export const proposalListSchema = z.object({
  proposals: z.array(
    proposalSchema.omit({ document: true }).extend({
      objective: z.record(z.string(), z.unknown()),
      optimiser: z.string().nullable(),
      recommended: z.string().nullable().describe('Which mixture its document recommends'),
      abstained: z.boolean(),
    }),
  ),
});
export type ProposalList = z.infer<typeof proposalListSchema>;

/** Stays on the run-level event stream of a sweep. */
export const sweepEventSchema = z.object({
  id: z.number().int(),
  type: z.enum(['state', 'run', 'progress', 'fit', 'proposal', 'confirmation']),
  at: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type SweepEvent = z.infer<typeof sweepEventSchema>;

/** RFC 9457, with a stable code and, where a field is at fault, its path. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
