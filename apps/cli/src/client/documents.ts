import { z } from 'zod';
import { domainWeightsSchema, type FitResponse, type ProposalResponse } from '#libs/contracts';
import { CommandFailed } from '../cli.errors.js';

/** What the command line reads of one target's diagnostics. */
const diagnosticsSchema = z.object({
  model: z.string(),
  rows: z.number().int(),
  outOfFold: z.object({
    spearman: z.number().nullable(),
    mae: z.number(),
    rmse: z.number(),
    r2: z.number().nullable(),
  }),
  signal: z.object({ present: z.boolean(), reason: z.string() }),
});
export type TargetDiagnostics = z.infer<typeof diagnosticsSchema>;

const predictedSchema = z.object({
  proposal: z.number(),
  natural: z.number(),
  uniform: z.number(),
  bestObserved: z.number().nullable(),
  standardError: z.number().nullable(),
});
export type PredictedLosses = z.infer<typeof predictedSchema>;

/** What the command line reads of a proposal's document. */
const proposalDocumentSchema = z.object({
  weights: domainWeightsSchema,
  epochs: z.record(z.string(), z.number()).nullable(),
  objective: z.object({ targets: z.record(z.string(), z.number()), combine: z.string() }),
  predicted: z.record(z.string(), predictedSchema),
  predictedObjective: predictedSchema,
  natural: z.object({ weights: domainWeightsSchema }),
  nearestSampled: z.object({ distance: z.number(), outsideSampledRegion: z.boolean() }),
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
