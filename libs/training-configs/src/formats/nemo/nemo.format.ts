import { locationOf } from '../../export/locations.js';
import { startSteps } from '../../export/steps.js';
import type { RunInPhases, TrainingConfigFormat } from '../../format.js';
import { greedyBlend } from '../../samplers/greedy-blend.js';
import { indexedExample, indexedOptions } from '../../writing/megatron-prefix.js';
import { parseNemo } from './parse.js';
import { prefixRule, writeNemo } from './write.js';

/** NeMo: packed sequences in Megatron-Core's blend. */
export const nemoFormat: TrainingConfigFormat = {
  name: 'nemo',
  trainer: 'NeMo',
  description: 'paths.py for PreTrainingDataModule of NeMo 2; with release=1 data.yaml for model.data of NeMo 1',
  needs: "Each domain's dataset prefix: locations.nemo or locations.megatron in the corpus, or the option location.",
  unit: () => 'sequences',
  units: ['sequences'],
  options: {
    release: {
      kind: 'choice',
      choices: ['2', '1'],
      description: '2: Python, paths of PreTrainingDataModule; 1: YAML, model.data.data_prefix',
      default: '2',
    },
    ...indexedOptions,
  },
  zeros: 'dropped',
  // Megatron-Core's blending index is a signed 16-bit number.
  maxDomains: 32_766,
  phases: { relaunch },
  example: indexedExample,
  key: (domain, options) => locationOf(domain, options, prefixRule(options)),
  write: writeNemo,
  parse: parseNemo,
  simulate: greedyBlend,
};

function relaunch(run: RunInPhases): string {
  const steps = startSteps(run)?.slice(1).join(', ');
  const end = steps === undefined ? 'the step at which its phase ends' : `the step at which its phase ends (${steps})`;
  return (
    `Stop each run at ${end} with a checkpoint, and resume from it with the file of the next phase; keep the steps of ` +
    'the learning-rate schedule at those of the whole run.'
  );
}
