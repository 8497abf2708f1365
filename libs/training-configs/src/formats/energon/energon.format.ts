import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { randomDraw } from '../../samplers/random-draw.js';
import { repeatedEpoch } from '../../samplers/stream-epoch.js';
import { parseEnergon } from './parse.js';
import { writeEnergon } from './write.js';

/** Megatron-Energon: a YAML that blends prepared data sets by weight, or by how often each is repeated. */
export const energonFormat: TrainingConfigFormat = {
  name: 'energon',
  trainer: 'Megatron-Energon',
  description: 'metadataset.yaml: splits.train.blend with weights, or blend_epochized with repetitions',
  needs: "Each domain's prepared data set: locations.energon in the corpus, or the option location.",
  unit: (options) => {
    if (options.text('mode') === 'blend_epochized') return 'epochs';
    return options.text('samples') === 'sequences' ? 'sequences' : 'documents';
  },
  units: ['documents', 'sequences', 'epochs'],
  options: {
    location: sharedOptions.location('./{domain}'),
    mode: {
      kind: 'choice',
      choices: ['blend', 'blend_epochized'],
      description: 'Write weights of an endless blend, or repetitions of each data set in one epoch',
      default: 'blend',
    },
    samples: {
      kind: 'choice',
      choices: ['documents', 'sequences'],
      description: 'What a sample is: a document of any length, or a sequence packed to one length already',
      default: 'documents',
    },
    class: {
      kind: 'choice',
      choices: ['MetadatasetV2', 'Recipe'],
      description: 'Class of the file: Recipe needs Energon 8; MetadatasetV2 is read by 7, and by 8 with a warning',
      default: 'MetadatasetV2',
    },
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Build the loader anew with the file of the next phase, and do not restore the state of the loader before: it ' +
      'belongs to the composition it was saved with.',
  },
  example: { location: './{domain}' },
  key: (domain, options) =>
    locationOf(domain, options, {
      registeredAs: ['energon'],
      example: './{domain}',
      what: 'the folder of the prepared data set',
      problem: () => null,
    }),
  write: writeEnergon,
  parse: parseEnergon,
  simulate: (input, options) => {
    const counted = options.text('samples') === 'sequences' ? 'sequences' : 'documents';
    return options.text('mode') === 'blend_epochized' ? repeatedEpoch(input, counted) : randomDraw(input, counted);
  },
};
