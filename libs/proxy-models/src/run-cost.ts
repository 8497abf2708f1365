import { isTransformer, type TrainerChoice, tokensPerRun } from '#libs/contracts';
import { countParameters } from './count-parameters.js';
import { trainingFlopsPerToken } from './training-flops.js';

/** Null where only the user's program knows. */
export interface RunCost {
  tokens: number | null;
  /** Floating-point operations of the training. */
  flops: number | null;
  /** Trainable parameters. */
  parameters: number | null;
}

/** What one run of this trainer costs. */
export function runCost(trainer: TrainerChoice): RunCost {
  if (!isTransformer(trainer)) return { tokens: trainer.tokensPerRun ?? null, flops: null, parameters: null };
  const { parameters } = trainer;
  const tokens = tokensPerRun(parameters);
  return {
    tokens,
    flops: tokens * trainingFlopsPerToken(parameters),
    parameters: countParameters(parameters).total,
  };
}
