import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { blockTruncation } from '../../samplers/block-truncation.js';
import { parseLevanter } from './parse.js';
import { datasetName, sourceKinds, sourceOf, sourceRule } from './source.js';
import { writeLevanter } from './write.js';

/** Levanter: weights count sequences of one length, whole ones in every block. */
export const levanterFormat: TrainingConfigFormat = {
  name: 'levanter',
  trainer: 'Levanter',
  description: 'data of a train_lm configuration: configs, train_weights and a block that holds the least weight',
  needs:
    "Each domain's files, Hugging Face id or cache: locations.levanter in the corpus, or the option location. Phases need " +
    'batchSize, and trainSteps or targetTokens and sequenceLength.',
  unit: () => 'sequences',
  units: ['sequences'],
  options: {
    location: sharedOptions.location(sourceRule.example),
    source: {
      kind: 'choice',
      choices: sourceKinds,
      description:
        'What the locations are: url for files of documents, hf for ids of the Hugging Face hub, cache for tokenized ' +
        'caches; told from how they look otherwise',
    },
    layout: {
      kind: 'choice',
      choices: ['configs', 'components'],
      default: 'configs',
      description: 'configs for stanford-crfm/levanter, components for lib/levanter of Marin',
    },
    cacheDir: { kind: 'text', description: 'Folder of the caches that Levanter builds, one below it for each domain' },
    blockSize: {
      kind: 'integer',
      description:
        'Sequences of a block; otherwise the power of two from 2048 to 32768 that gives the least weight eight of them',
    },
    trainSteps: sharedOptions.trainSteps,
    batchSize: sharedOptions.batchSize,
  },
  // A weight of 0 means that Levanter only evaluates on the domain.
  zeros: 'kept',
  maxDomains: 32_768,
  phases: 'native',
  example: { location: sourceRule.example, trainSteps: 10_000, batchSize: 1024 },
  key(domain, options) {
    sourceOf(domain, options);
    return datasetName(domain);
  },
  write: writeLevanter,
  parse: parseLevanter,
  simulate: (input) => {
    const { mixture_block_size: block } = input.settings;
    return blockTruncation(input, typeof block === 'number' ? block : 2048);
  },
};
