import { canonicalHubLocation, hubLocation, hubOptions } from '../../export/hub-location.js';
import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { interleave, type StoppingRule } from '../../samplers/interleave.js';
import { parseHfInterleave } from './parse.js';
import { writeHfInterleave } from './write.js';

const rule = hubLocation(['hf-interleave', 'huggingface']);

/** interleave_datasets draws documents, and takes probabilities as they stand: they must sum to 1. */
export const hfInterleaveFormat: TrainingConfigFormat = {
  name: 'hf-interleave',
  trainer: 'Hugging Face datasets',
  description: 'mixture.json with probabilities for interleave_datasets, and load_mixture.py that loads it',
  needs:
    "Each domain's data set: locations.hf-interleave in the corpus, or the option location. Tokens and documents of " +
    'every domain, because probabilities count documents.',
  unit: () => 'documents',
  units: ['documents'],
  options: {
    ...hubOptions,
    stoppingStrategy: {
      kind: 'choice',
      description:
        'When a pass over the mixture ends: as the first source is used up, as all are (the others are repeated), or ' +
        'as all are and none is repeated (shares drift)',
      choices: ['first_exhausted', 'all_exhausted', 'all_exhausted_without_replacement'],
      default: 'all_exhausted',
    },
    streaming: {
      kind: 'flag',
      description: 'Read the data while training; without it every data set is downloaded first',
      default: true,
    },
    columns: { kind: 'list', description: 'Columns to keep of every data set, such as text; all otherwise' },
    seed: sharedOptions.seed,
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Train each phase with the load_mixture.py of its folder, from the last checkpoint of the phase before, for the ' +
      'tokens given above (max_steps); with the Trainer of transformers pass ignore_data_skip=True, or it skips as many ' +
      'batches of the new mixture as it has trained on.',
  },
  example: { location: '/data/{domain}' },
  key: (domain, options) => {
    return canonicalHubLocation(locationOf(domain, options, rule), options.text('split')!);
  },
  write: writeHfInterleave,
  parse: parseHfInterleave,
  simulate: (input) =>
    interleave(input, input.settings.stopping_strategy as StoppingRule, input.settings.streaming === true),
};
