import { z } from 'zod';

/** The TensorFlow.js proxy: a decoder-only transformer over bytes. */
export const transformerParametersSchema = z
  .strictObject({
    layers: z.number().int().min(1).max(48).default(2),
    width: z.number().int().min(8).max(4096).default(64),
    heads: z.number().int().min(1).max(64).default(4),
    contextLength: z.number().int().min(8).max(4096).default(64),
    batchSize: z.number().int().min(1).max(4096).default(16),
    steps: z.number().int().min(1).max(1_000_000).default(200),
    learningRate: z.number().positive().max(1).default(3e-3),
    warmupSteps: z.number().int().min(0).default(20),
    schedule: z.enum(['cosine', 'constant']).default('cosine'),
    minLearningRateRatio: z.number().min(0).max(1).default(0.1),
    weightDecay: z.number().min(0).max(10).default(0.1),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.95),
    gradientClip: z.number().positive().default(1),
    mlp: z.enum(['swiglu', 'relu2']).default('swiglu'),
    mlpRatio: z.number().positive().max(16).optional().describe('Hidden width over width; 8/3 for swiglu, 4 for relu2'),
    evaluationTokens: z.number().int().min(64).default(8192).describe('Held-out tokens evaluated for each domain'),
    evaluationEvery: z.number().int().min(0).default(0).describe('Steps between evaluations; 0: only at the end'),
    heldOutShare: z.number().min(0.01).max(0.5).default(0.1).describe('Share of documents held out, chosen by hash'),
  })
  .superRefine((parameters, context) => {
    if (parameters.width % parameters.heads !== 0) {
      context.addIssue({
        code: 'custom',
        path: ['width'],
        message: `must be a multiple of heads (${parameters.heads}), got ${parameters.width}`,
      });
    }
    const headWidth = parameters.width / parameters.heads;
    if (Number.isInteger(headWidth) && headWidth % 2 !== 0) {
      context.addIssue({
        code: 'custom',
        path: ['width'],
        message: `width / heads must be even (rotary positions turn pairs), got ${headWidth}`,
      });
    }
    if (parameters.warmupSteps >= parameters.steps) {
      context.addIssue({
        code: 'custom',
        path: ['warmupSteps'],
        message: `must be below steps (${parameters.steps}), got ${parameters.warmupSteps}`,
      });
    }
  });
export type TransformerParameters = z.infer<typeof transformerParametersSchema>;

/**
 * The trainers a sweep may name, and the schema of each one's parameters. A worker's own manifest decides what runs;
 * the API carries this name and these typed values alone.
 */
export const trainerParameterSchemas = {
  transformer: transformerParametersSchema,
} as const;
export type TrainerName = keyof typeof trainerParameterSchemas;
export const trainerNames = Object.keys(trainerParameterSchemas) as [TrainerName, ...TrainerName[]];

export const trainerChoiceSchema = z.strictObject({
  name: z.enum(trainerNames),
  parameters: transformerParametersSchema.prefault({}),
});
export type TrainerChoice = z.infer<typeof trainerChoiceSchema>;

/** Tokens that one run of these parameters trains on. */
export function tokensPerRun(parameters: TransformerParameters): number {
  return parameters.steps * parameters.batchSize * parameters.contextLength;
}
