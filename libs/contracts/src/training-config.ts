// Weights as files of a trainer, and such files read back.
import { z } from 'zod';
import { columnNameSchema, domainWeightsSchema, lineOf } from './weights.js';

const unitSchema = z
  .enum(['sequences', 'documents', 'epochs', 'kept'])
  .describe('What a weight counts: packed sequences, documents, passes over a domain, or the share of its rows kept');

const optionSchema = z.object({
  kind: z.enum(['text', 'list', 'integer', 'number', 'choice', 'flag']),
  description: z.string(),
  choices: z.array(z.string()).optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

export const formatListSchema = z.object({
  formats: z.array(
    z.object({
      name: z.string(),
      trainer: z.string(),
      description: z.string(),
      needs: z.string().describe('What the trainer needs besides the weights'),
      units: z.array(unitSchema),
      facts: z
        .array(z.enum(['tokens', 'documents', 'targetTokens']))
        .describe('What must be known to convert token shares into each of its units'),
      zeros: z.enum(['kept', 'dropped']),
      maxDomains: z.number().int(),
      phases: z.enum(['one file', 'a file for each']),
      options: z.record(z.string(), optionSchema),
      example: z.record(z.string(), z.unknown()).describe('Options with which any proposal can be exported'),
    }),
  ),
});
export type FormatList = z.infer<typeof formatListSchema>;

const exportedDomainSchema = z.object({
  domain: z.string(),
  key: z.string().describe('What stands for the domain in the file'),
  weight: z.number().describe("Share of the phase's training tokens"),
  amount: z.string().describe("What is written, in the format's unit"),
  epochs: z.number().nullable().describe('Passes over the domain in this phase'),
  epochsOfRun: z.number().nullable().describe('Passes over the domain in all phases'),
  availableTokens: z.number().nullable(),
  trainingTokens: z.number().nullable(),
  realised: z.number().nullable().describe("Share of the tokens that the trainer's sampler gives it"),
  standardError: z.number().nullable().describe('Of the realised share; null for a deterministic sampler'),
});

export const exportSchema = z.object({
  format: z.string(),
  trainer: z.string(),
  unit: unitSchema,
  unitDescription: z.string(),
  targetTokens: z.number().nullable(),
  sweepId: z.string(),
  proposalId: z.string().nullable().describe('Null when the mixture is not a proposal'),
  mixture: z.string().describe('"proposal", or which other mixture these are the weights of'),
  attention: z
    .string()
    .nullable()
    .describe('What must not be overlooked: another mixture is recommended, or nothing has confirmed this one'),
  files: z.array(z.object({ path: z.string(), content: z.string() })),
  usage: z.array(z.string()).describe('What to do with the files, in order'),
  warnings: z.array(z.string()),
  phases: z.array(
    z.object({
      name: z.string(),
      start: z.number().describe("Share of the run's tokens that precede it"),
      tokens: z.number().nullable(),
      domains: z.array(exportedDomainSchema),
      dropped: z.array(z.object({ domain: z.string(), weight: z.number() })),
      sampler: z.string().nullable(),
      draws: z.number().nullable(),
      remarks: z.array(z.string()),
    }),
  ),
});
export type ExportResponse = z.infer<typeof exportSchema>;

/** What fits into a request with room for the escapes of JSON: 30,000 sources with paths of 60 characters. */
export const configLimits = { characters: 2_000_000, findings: 1000 };

/** A configuration that a user has already. Options are those of the format. */
const configFileSchema = z.strictObject({
  path: lineOf(200).default('file').describe('Its name: some formats tell two kinds of file by it'),
  content: z.string().max(configLimits.characters).describe('The text of the file'),
  options: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).max(300)]))
    .default({}),
});

export const checkConfigSchema = configFileSchema.extend({
  corpusId: z.string().min(1).max(100).optional().describe('For token shares and epochs'),
});
export type CheckConfig = z.output<typeof checkConfigSchema>;

export const checkReportSchema = z.object({
  format: z.string(),
  trainer: z.string(),
  path: z.string(),
  unit: unitSchema,
  unitDescription: z.string(),
  usable: z.boolean().describe('False when the trainer would refuse the file or read something else than stands there'),
  findings: z
    .array(z.object({ level: z.enum(['error', 'warning', 'note']), where: z.string(), message: z.string() }))
    .describe(`At most ${configLimits.findings}: of more the worst, and how many are not shown`),
  phases: z.array(
    z.object({
      name: z.string().nullable(),
      start: z.number(),
      sampler: z.string().nullable(),
      draws: z.number().nullable(),
      remarks: z.array(z.string()),
      sources: z.array(
        z.object({
          key: z.string(),
          domain: z.string().nullable(),
          amount: z.number().nullable(),
          share: z.number().nullable(),
          tokenShare: z.number().nullable(),
          realised: z.number().nullable(),
          epochs: z.number().nullable(),
        }),
      ),
    }),
  ),
});
export type CheckReportResponse = z.infer<typeof checkReportSchema>;

export const readMixtureSchema = configFileSchema.extend({
  corpusId: z.string().min(1).max(100),
  phase: lineOf(100).optional().describe('Which phase counts, where the file has several'),
});
export type ReadMixtureRequest = z.output<typeof readMixtureSchema>;

export const mixtureSchema = z.object({
  weights: domainWeightsSchema.describe('Share of the training tokens by domain of the corpus'),
  phase: z.string().nullable(),
  notes: z.array(z.string()),
});
export type MixtureResponse = z.infer<typeof mixtureSchema>;

/** A mixture to compare with, such as the one in use today. */
export const baselineSchema = z.strictObject({
  name: columnNameSchema.describe('What reports call it, e.g. "last year\'s mix"'),
  weights: domainWeightsSchema,
});
export type Baseline = z.infer<typeof baselineSchema>;
