import { locationOf } from '../../export/locations.js';
import { sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import { lockstepDraw } from '../../samplers/lockstep-draw.js';
import { parseTinyLlama } from './parse.js';
import { tinyLlamaPrefix, writeTinyLlama } from './write.js';

/** TinyLlama: a list in the training script; each packed sequence comes from a source drawn by its weight. */
export const tinyLlamaFormat: TrainingConfigFormat = {
  name: 'tinyllama',
  trainer: 'TinyLlama',
  description: 'train_data_config.py: the list train_data_config for pretrain/tinyllama.py',
  needs: "Each domain's prefix of file names, train_{domain}_ by default: locations.tinyllama, or the option location.",
  unit: () => 'sequences',
  units: ['sequences'],
  options: {
    location: {
      kind: 'text',
      description: "Prefix of the domains' files, {domain} standing for the name",
      default: tinyLlamaPrefix.example,
    },
    valid: { kind: 'list', description: 'Prefixes of the validation files, for val_data_config' },
    devices: { ...sharedOptions.devices, default: 8 },
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Stop at the end of a phase, put the list of the next one into pretrain/tinyllama.py and start again with --resume. ' +
      'The script then draws from the new mixture as many batches as were trained on, and skips them: what is skipped of ' +
      'each domain follows the new weights.',
  },
  example: {},
  key: (domain, options) => locationOf(domain, options, tinyLlamaPrefix),
  write: writeTinyLlama,
  parse: parseTinyLlama,
  simulate: (input, options) => lockstepDraw(input, options.number('devices')!, 'devices'),
};
