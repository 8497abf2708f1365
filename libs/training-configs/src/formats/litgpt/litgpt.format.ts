import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { parseLitGpt } from './parse.js';
import { drawLitGpt } from './simulate.js';
import { streamFolder, writeLitGpt } from './write.js';

/** LitGPT on LitData: it has no weights in YAML, so the mixture is a data module of its own. */
export const litGptFormat: TrainingConfigFormat = {
  name: 'litgpt',
  trainer: 'LitGPT',
  description: 'mixture_data.py: a data module for `litgpt pretrain --data`, on streams of LitData',
  needs: "Each domain's folder of tokens that LitData prepared: locations.litgpt, or the option location.",
  unit: () => 'sequences',
  units: ['sequences'],
  options: {
    location: sharedOptions.location('/data/{domain}'),
    valid: {
      kind: 'text',
      description: 'Folder of the validation data; without it, --data.val_path must be given to every launch',
    },
    seed: sharedOptions.seed,
    devices: { ...sharedOptions.devices, default: 1 },
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Stop at the end of a phase and start again with the data module of the next one. --resume works where both phases ' +
      'have the same streams in the same order, since LitData restores the position in each; where they have not, use ' +
      '--initial_checkpoint_dir, which takes the weights of the model over and not the state of the optimizer.',
  },
  example: { location: '/data/{domain}', valid: '/data/validation' },
  key: (domain, options) => locationOf(domain, options, streamFolder),
  write: writeLitGpt,
  parse: parseLitGpt,
  simulate: drawLitGpt,
};
