import { z } from 'zod';
import { relativePathSchema } from './weights.js';

/** Mixture-of-experts layers in place of dense ones: routed experts, dropless, router in float32. */
export const expertsSchema = z
  .strictObject({
    count: z.number().int().min(2).max(512).describe('Routed experts of each layer'),
    topK: z.number().int().min(1).max(64).default(2).describe('Experts that each token visits'),
    shared: z.number().int().min(0).max(16).default(0).describe('Experts that every token visits'),
    ratio: z.number().positive().max(16).optional().describe("An expert's hidden width over width; mlpRatio / topK"),
    balancing: z
      .enum(['auxiliary', 'loss-free', 'none'])
      .default('auxiliary')
      .describe('Switch auxiliary loss, or a bias on the choice of experts moved towards balance'),
    scope: z
      .enum(['micro-batch', 'global-batch'])
      .default('global-batch')
      .describe("Tokens over which the auxiliary loss counts each expert's share"),
    microBatchSequences: z
      .number()
      .int()
      .min(1)
      .max(4096)
      .default(1)
      .describe('Sequences of a micro-batch, with that scope'),
    auxiliaryWeight: z.number().min(0).max(10).default(0.01),
    biasRate: z.number().min(0).max(1).default(0.001).describe('Step of the loss-free bias after each batch'),
    zLossWeight: z.number().min(0).max(10).default(0.001).describe('Weight of mean(logsumexp(router logits)^2)'),
  })
  .refine(({ count, topK }) => topK <= count, { path: ['topK'], message: 'must not exceed count' });
export type Experts = z.infer<typeof expertsSchema>;

/** Subsamples every domain so that a proxy repeats its text as often as the large run will. */
export const repetitionSchema = z.strictObject({
  targetTokens: z.number().positive().describe('Tokens of the large run'),
});
export type Repetition = z.infer<typeof repetitionSchema>;

const shape = {
  layers: z.number().int().min(1).max(48),
  width: z.number().int().min(8).max(4096),
  heads: z.number().int().min(1).max(64),
  steps: z.number().int().min(1).max(1_000_000),
  warmupSteps: z.number().int().min(0),
  muP: z.boolean(),
  muPBaseWidth: z.number().int().min(8).max(4096),
};

const settings = {
  contextLength: z.number().int().min(8).max(4096).default(64),
  batchSize: z.number().int().min(1).max(4096).default(16),
  learningRate: z.number().positive().max(1).default(3e-3),
  schedule: z.enum(['cosine', 'constant']).default('cosine'),
  minLearningRateRatio: z.number().min(0).max(1).default(0.1),
  weightDecay: z.number().min(0).max(10).default(0.1),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.95),
  gradientClip: z.number().positive().default(1),
  mlp: z.enum(['swiglu', 'relu2']).default('swiglu'),
  mlpRatio: z.number().positive().max(16).optional().describe('Hidden width over width; 8/3 for swiglu, 4 for relu2'),
  experts: expertsSchema.optional(),
  muPBaseHeads: z
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('With muP: heads of the model of that width; as many as this model has when absent'),
  tokenizer: relativePathSchema
    .optional()
    .describe("A tokenizer.json below the worker's data folder; bytes are the tokens when absent"),
  vocabulary: z
    .number()
    .int()
    .min(256)
    .max(1_000_000)
    .default(256)
    .describe('Tokens the model knows: at least as many as the tokenizer has'),
  repetition: repetitionSchema.optional(),
  evaluationTokens: z.number().int().min(64).default(8192).describe('Held-out tokens evaluated for each domain'),
  evaluationEvery: z.number().int().min(0).default(0).describe('Steps between evaluations; 0: only at the end'),
  heldOutShare: z.number().min(0.01).max(0.5).default(0.1).describe('Share of documents held out, chosen by hash'),
};

/** The TensorFlow.js proxy: a decoder-only transformer. Every number that a run needs is in it. */
export const transformerParametersSchema = z
  .strictObject({
    layers: shape.layers.default(2),
    width: shape.width.default(64),
    heads: shape.heads.default(4),
    steps: shape.steps.default(200),
    warmupSteps: shape.warmupSteps.default(20),
    muP: shape.muP.default(false),
    muPBaseWidth: shape.muPBaseWidth.default(64),
    ...settings,
  })
  .superRefine(checkShape);
export type TransformerParameters = z.infer<typeof transformerParametersSchema>;

/** As a user asks for it: a size and tokens may stand in place of a shape and steps. */
export const transformerRequestSchema = z
  .strictObject({
    size: z
      .number()
      .int()
      .min(1000)
      .max(1e11)
      .optional()
      .describe('Trainable parameters, about: layers, width and heads are then chosen'),
    tokens: z.number().int().positive().optional().describe('Tokens trained on, about: steps are then computed'),
    layers: shape.layers.optional().describe('2 unless size is given'),
    width: shape.width.optional().describe('64 unless size is given'),
    heads: shape.heads.optional().describe('4 unless size is given'),
    steps: shape.steps.optional().describe('200 unless tokens is given'),
    warmupSteps: shape.warmupSteps.optional().describe('20, or a tenth of the steps where that is less'),
    muP: shape.muP
      .optional()
      .describe('Learning rates that transfer across widths; on by default when a sweep has several widths'),
    muPBaseWidth: shape.muPBaseWidth
      .optional()
      .describe("With muP: the width at which learningRate was chosen; the first fidelity's of several, else 64"),
    ...settings,
  })
  .superRefine(({ size, tokens, ...request }, context) => {
    for (const [given, name, others] of [
      [size, 'size', ['layers', 'width', 'heads']],
      [tokens, 'tokens', ['steps']],
    ] as const) {
      for (const other of others) {
        if (given === undefined || request[other] === undefined) continue;
        context.addIssue({ code: 'custom', path: [other], message: `must not be given together with ${name}` });
      }
    }
  });
export type TransformerRequest = z.infer<typeof transformerRequestSchema>;

/** What makes a shape impossible. */
function checkShape(
  parameters: {
    width: number;
    heads: number;
    warmupSteps: number;
    steps: number;
    batchSize: number;
    experts?: Experts | undefined;
  },
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  const { width, heads, warmupSteps, steps, batchSize, experts } = parameters;
  const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if (width % heads !== 0) refuse('width', `must be a multiple of heads (${heads}), got ${width}`);
  else if ((width / heads) % 2 !== 0) {
    refuse('width', `width / heads must be even (rotary positions turn pairs), got ${width / heads}`);
  }
  if (warmupSteps >= steps) refuse('warmupSteps', `must be below steps (${steps}), got ${warmupSteps}`);
  if (
    experts?.balancing === 'auxiliary' &&
    experts.scope === 'micro-batch' &&
    experts.microBatchSequences > batchSize
  ) {
    const message = `must not exceed batchSize (${batchSize}), got ${experts.microBatchSequences}`;
    context.addIssue({ code: 'custom', path: ['experts', 'microBatchSequences'], message });
  }
}

/** Tokens that one run of these parameters trains on. */
export function tokensPerRun(parameters: TransformerParameters): number {
  return parameters.steps * parameters.batchSize * parameters.contextLength;
}
