import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { grainInterleave } from '../../samplers/grain-interleave.js';
import { parseMaxText } from './parse.js';
import { numEpoch, writeMaxText } from './write.js';

/** MaxText with Grain and ArrayRecord files: a JSON of named data sets, mixed in turn by whole proportions. */
export const maxTextFormat: TrainingConfigFormat = {
  name: 'maxtext',
  trainer: 'MaxText',
  description: 'mixture.json for grain_train_mixture_config_path',
  needs: "Each domain's ArrayRecord files: locations.maxtext in the corpus, or the option location.",
  unit: (options) => (options.text('samples') === 'sequences' ? 'sequences' : 'documents'),
  units: ['sequences', 'documents'],
  options: {
    location: sharedOptions.location('gs://bucket/{domain}/*.array_record*'),
    samples: {
      kind: 'choice',
      choices: ['documents', 'sequences'],
      description: 'What a record is: a document that MaxText tokenizes, or a sequence packed to one length already',
      default: 'documents',
    },
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: ({ phases }) =>
      'Stop at a checkpoint and resume with grain_train_mixture_config_path pointing at the mixture.json of the next ' +
      `phase and ${numEpoch(phases)} throughout: data sets are recognised by their names and continue where they stopped, ` +
      'new ones may join.',
  },
  example: { location: 'gs://bucket/{domain}/*.array_record*' },
  key: ({ domain }) => domain,
  write: writeMaxText,
  parse: parseMaxText,
  simulate: (input, options) =>
    grainInterleave(input, options.text('samples') === 'sequences' ? 'sequences' : 'documents'),
};
