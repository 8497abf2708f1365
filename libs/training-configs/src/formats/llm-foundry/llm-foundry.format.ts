import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { simulateStreams, streamOptions, streamUnit, streamUnits } from '../streaming/stream-options.js';
import { parseLlmFoundry } from './parse.js';
import { writeLlmFoundry } from './write.js';

/** MosaicML's LLM Foundry: a map of streams, and a schedule of data sets for phases. */
export const llmFoundryFormat: TrainingConfigFormat = {
  name: 'llm-foundry',
  trainer: 'LLM Foundry',
  description: 'train_loader.yaml: streams with proportions, and callbacks.curriculum_learning for phases',
  needs:
    "Each domain's MDS shards: locations.llm-foundry (or locations.mds) in the corpus, or the option location. Phases " +
    'need targetTokens, or trainSteps with batchSize and sequenceLength.',
  unit: streamUnit,
  units: streamUnits,
  options: {
    ...streamOptions,
    batchSize: {
      kind: 'integer',
      description: 'Samples of a global batch, for stratified batches and, with trainSteps, for the length of the run',
    },
    trainSteps: sharedOptions.trainSteps,
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: 'native',
  example: { location: 's3://bucket/{domain}', trainSteps: 1000, batchSize: 512, sequenceLength: 2048 },
  key: ({ domain }) => domain,
  write: writeLlmFoundry,
  parse: parseLlmFoundry,
  simulate: simulateStreams,
};
