import { locationOf } from '../../export/locations.js';
import { type OptionValues, sharedOptions } from '../../export/options.js';
import type { TrainingConfigFormat } from '../../format.js';
import type { SimulationInput } from '../../samplers/draws.js';
import { lockstepDraw } from '../../samplers/lockstep-draw.js';
import { parseRegMix } from './parse.js';
import { regMixPrefix, writeRegMix } from './write.js';

/** RegMix's fork of TinyLlama, which reads its mixture from YAML. */
export const regMixFormat: TrainingConfigFormat = {
  name: 'regmix',
  trainer: 'RegMix',
  description: 'mixture.yaml for --data_yaml_file of model_training/pretrain/tinyllama.py',
  needs: "Each domain's prefix of file names, train_{domain} by default: locations.regmix, or the option location.",
  unit: () => 'sequences',
  units: ['sequences'],
  options: {
    location: {
      kind: 'text',
      description: "Prefix of the domains' files, {domain} standing for the name",
      default: regMixPrefix.example,
    },
    valid: { kind: 'list', description: 'Prefixes of the validation files: one loss for each' },
    modelName: { kind: 'text', description: 'The model as lit_gpt/config.py calls it', default: 'tinyllama_1_1b' },
    seed: { kind: 'integer', description: 'Seed of the draws (data_seed); 3406, that of the script, otherwise' },
    devices: { ...sharedOptions.devices, default: 8 },
  },
  zeros: 'dropped',
  maxDomains: 100_000,
  phases: {
    relaunch: () =>
      'Stop at the end of a phase and start again with --resume and the YAML of the next one. The script then draws from ' +
      'the new mixture as many batches as were trained on, and skips them: what is skipped of each domain follows the new ' +
      'weights.',
  },
  // A folder for each domain: no prefix is the beginning of another's, whatever the domains are called.
  example: { location: '{domain}/train' },
  key: (domain, options) => locationOf(domain, options, regMixPrefix),
  write: writeRegMix,
  parse: parseRegMix,
  simulate: drawRegMix,
};

/** With group_level_sampling a whole micro-batch comes from one source; otherwise each sequence is drawn. */
function drawRegMix(input: SimulationInput, options: OptionValues) {
  const { settings } = input;
  const devices = typeof settings.total_devices === 'number' ? settings.total_devices : options.number('devices')!;
  const together = settings.group_level_sampling === true ? Number(settings.micro_batch_size ?? 4) : 1;
  return together === 1
    ? lockstepDraw(input, devices, 'devices')
    : lockstepDraw(input, devices * together, `sequences of a micro-batch on ${devices} devices`);
}
