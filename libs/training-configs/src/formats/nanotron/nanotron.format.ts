import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { shuffledBlend } from '../../samplers/shuffled-blend.js';
import { folderRule } from './folder.js';
import { parseNanotron } from './parse.js';
import { writeNanotron } from './write.js';

/** nanotron's Nanoset: weights count sequences of one length, so token shares are right as they are. */
export const nanotronFormat: TrainingConfigFormat = {
  name: 'nanotron',
  trainer: 'nanotron',
  description: 'data_stages with the folders and weights of a Nanoset, for the YAML of a run',
  needs:
    "The folder of each domain's tokenized files: locations.nanotron in the corpus, or the option location. Phases need " +
    'trainSteps, or targetTokens, batchSize and sequenceLength.',
  unit: () => 'sequences',
  units: ['sequences'],
  options: {
    location: sharedOptions.location(folderRule.example),
    trainSteps: sharedOptions.trainSteps,
    batchSize: sharedOptions.batchSize,
    seed: sharedOptions.seed,
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: 'native',
  example: { location: folderRule.example, trainSteps: 10_000 },
  key: (domain, options) => locationOf(domain, options, folderRule),
  write: writeNanotron,
  parse: parseNanotron,
  simulate: shuffledBlend,
};
