import type { CreateSweepInput } from '#libs/contracts';

/** The demo's proxy: small enough that every run of the sweep fits into a few minutes on two cores. */
export const demoTrainer = {
  name: 'transformer',
  parameters: {
    layers: 1,
    width: 64,
    heads: 4,
    contextLength: 32,
    batchSize: 8,
    steps: 1000,
    learningRate: 0.005,
    warmupSteps: 50,
    evaluationTokens: 4096,
  },
} as const satisfies CreateSweepInput['trainer'];

/**
 * What the demo's model is for: helping programmers, in code and in plain words. An objective over all domains alike
 * would make the uniform mixture hard to beat, as it is the one that treats all domains alike.
 */
export const demoObjective = {
  targets: { typescript: 1, markdown: 1, novel: 1 },
  combine: 'weighted-mean',
} as const satisfies CreateSweepInput['objective'];

export const demoName = 'demo';

/** Dataset prefixes in the Megatron file, as they would lie after Megatron's own preprocessing. */
export const demoLocation = '/data/demo/{domain}_text_document';

export function demoSweep(options: { corpusId: string; runs: number; seeds: number; seed: number }): CreateSweepInput {
  return {
    name: demoName,
    corpusId: options.corpusId,
    strategy: { name: 'regmix', runs: options.runs },
    trainer: demoTrainer,
    objective: demoObjective,
    seed: options.seed,
    confirmation: { seeds: options.seeds },
  };
}
