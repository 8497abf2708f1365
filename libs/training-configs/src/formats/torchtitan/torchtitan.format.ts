import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { grainInterleave } from '../../samplers/grain-interleave.js';
import { parseTorchTitan } from './parse.js';
import { jsonlPattern } from './pattern.js';
import { writeTorchTitan } from './write.js';

/** TorchTitan's Grain data layer, which is configured in Python alone. */
export const torchTitanFormat: TrainingConfigFormat = {
  name: 'torchtitan',
  trainer: 'TorchTitan',
  description: 'mixture.py: a DatasetMixConfig over JSONL files and the data loader for it',
  needs:
    "Each domain's JSONL files as a glob pattern: locations.torchtitan, or the option location. TorchTitan of August 2026 " +
    'or later (PR #4088).',
  unit: (options) => (options.text('mix') === 'documents' ? 'documents' : 'sequences'),
  units: ['sequences', 'documents'],
  options: {
    location: sharedOptions.location('/data/{domain}/*.jsonl'),
    mix: {
      kind: 'choice',
      description: 'packed: every domain is packed, then mixed; documents: documents are mixed, then packed together',
      choices: ['packed', 'documents'],
      default: 'packed',
    },
    textField: { kind: 'text', description: 'Field of a JSONL row that holds the text', default: 'text' },
    seed: sharedOptions.seed,
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Stop at the end of a phase and start again from its checkpoint with the mixture of the next one, ' +
      '--checkpoint.exclude_from_loading dataloader (the saved position belongs to the old mixture) and another ' +
      '--dataloader.seed: with the same seed, the domains are read in the same order from their beginning.',
  },
  example: { location: '/data/{domain}/*.jsonl' },
  key: jsonlPattern,
  write: writeTorchTitan,
  parse: parseTorchTitan,
  simulate: (input, options) => grainInterleave(input, options.text('mix') === 'documents' ? 'documents' : 'sequences'),
};
