import { z } from 'zod';
import { domainWeightsSchema, type FitResponse, type ProposalResponse } from '#libs/contracts';
import { CommandFailed } from '../cli.errors.js';

/** What the command line reads of one target's diagnostics. */
const diagnosticsSchema = z.object({
  model: z.string(),
  rows: z.number().int(),
  /** Absent from fits made before runs could be stopped early. */
  censored: z.number().int().default(0),
  outOfFold: z.object({
    spearman: z.number().nullable(),
    mae: z.number(),
    rmse: z.number(),
    r2: z.number().nullable(),
  }),
  coverage: z.object({ p50: z.number().nullable(), p90: z.number().nullable() }),
  signal: z.object({ present: z.boolean(), reason: z.string() }),
});
export type TargetDiagnostics = z.infer<typeof diagnosticsSchema>;

const estimateSchema = z.object({
  mean: z.number(),
  standardError: z.number().nullable(),
  lower50: z.number().nullable(),
  upper50: z.number().nullable(),
  lower90: z.number().nullable(),
  upper90: z.number().nullable(),
  signal: z.boolean(),
});

const judged = {
  weights: domainWeightsSchema,
  predicted: z.record(z.string(), estimateSchema),
  objective: estimateSchema,
};

const observedSchema = z.object({
  index: z.number(),
  run: z.union([z.string(), z.number()]).nullable(),
  weights: domainWeightsSchema,
  objective: z.number(),
  rows: z.number(),
  predicted: z.record(z.string(), estimateSchema),
  predictedObjective: estimateSchema,
});

/** What the command line reads of a proposal's document; its whole is `ProposalDocument` of libs/proposals. */
const proposalDocumentSchema = z.object({
  weights: domainWeightsSchema,
  epochs: z.record(z.string(), z.number()).nullable(),
  objective: z.object({ targets: z.record(z.string(), z.number()), combine: z.string() }),
  predicted: z.record(z.string(), estimateSchema),
  predictedObjective: estimateSchema,
  baselines: z.object({
    natural: z.object(judged),
    uniform: z.object(judged),
    given: z.object({ ...judged, name: z.string(), violates: z.array(z.string()) }).optional(),
  }),
  bestObserved: observedSchema.nullable(),
  bestObservedWithinConstraints: observedSchema.nullable(),
  recommended: z.object({
    mixture: z.enum(['proposal', 'best-observed', 'natural']),
    weights: domainWeightsSchema,
    reason: z.string(),
  }),
  worst: z.object(judged).nullable(),
  constraints: z.object({
    caps: domainWeightsSchema.nullable(),
    excluded: z.array(z.string()),
    details: z.array(z.object({ kind: z.string(), name: z.string(), limit: z.number(), value: z.number() })),
  }),
  extrapolation: z.object({
    outside: z.boolean(),
    distance: z.number(),
    limit: z.number(),
    nearestRun: z.union([z.string(), z.number()]).nullable(),
    nearestIndex: z.number(),
  }),
  tradeOff: z.array(
    z.object({
      klStrength: z.number(),
      weights: domainWeightsSchema,
      kl: z.number().nullable(),
      objective: z.object({ mean: z.number(), lower90: z.number().nullable(), upper90: z.number().nullable() }),
    }),
  ),
  pareto: z.array(z.object({ weights: domainWeightsSchema, groups: z.record(z.string(), estimateSchema) })).optional(),
  repetition: z
    .object({
      domains: z.record(z.string(), z.object({ efficiency: z.number() })),
      efficiency: z.number(),
      pricedLoss: z.number().nullable(),
    })
    .nullable(),
  fits: z.record(
    z.string(),
    z.object({ outOfFold: z.object({ spearman: z.number().nullable() }), signal: z.object({ present: z.boolean() }) }),
  ),
  provenance: z.object({ optimiser: z.object({ used: z.string(), why: z.string() }) }),
  abstained: z.object({ reason: z.string() }).nullable(),
  notes: z.array(z.string()),
});
export type ReadProposalDocument = z.infer<typeof proposalDocumentSchema>;

export function readDiagnostics(fit: FitResponse): Record<string, TargetDiagnostics> {
  return read(z.record(z.string(), diagnosticsSchema), fit.targets, `fit ${fit.id}`);
}

export function readProposalDocument(proposal: ProposalResponse): ReadProposalDocument {
  return read(proposalDocumentSchema, proposal.document, `proposal ${proposal.id}`);
}

function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CommandFailed(
    `${what} was written by another version of Cuvée (${issue?.path.join('.')}: ${issue?.message})`,
  );
}
