import { locationOf } from '../../export/locations.js';
import { startSteps } from '../../export/steps.js';
import type { RunInPhases, TrainingConfigFormat } from '../../format.js';
import { greedyBlend } from '../../samplers/greedy-blend.js';
import { indexedExample, indexedOptions } from '../../writing/megatron-prefix.js';
import { parseGptNeox } from './parse.js';
import { prefixRule, writeGptNeox } from './write.js';

/** GPT-NeoX: packed sequences, as long as pack_impl is "packed", its default. */
export const gptNeoxFormat: TrainingConfigFormat = {
  name: 'gpt-neox',
  trainer: 'GPT-NeoX',
  description: 'mixture_<id>.yml, to be added to the configuration files of a launch',
  needs:
    "Each domain's dataset prefix: locations.gpt-neox in the corpus, or the option location. " +
    'Validation and test prefixes (options valid and test).',
  unit: () => 'sequences',
  units: ['sequences'],
  options: indexedOptions,
  zeros: 'dropped',
  // The blending index is an unsigned 8-bit number, and the loader wants fewer than 255.
  maxDomains: 254,
  phases: { relaunch },
  example: {
    ...indexedExample,
    valid: ['/data/validation_text_document'],
    test: ['/data/test_text_document'],
  },
  key: (domain, options) => locationOf(domain, options, prefixRule),
  write: writeGptNeox,
  parse: parseGptNeox,
  simulate: greedyBlend,
};

function relaunch(run: RunInPhases): string {
  const steps = startSteps(run)?.slice(1).join(', ');
  const end =
    steps === undefined ? 'the iteration at which its phase ends' : `the iteration at which its phase ends (${steps})`;
  return (
    `Keep train_iters at that of the whole run. Save at ${end} (extra_save_iters) and end the run there (exit_interval), ` +
    'then start it again with the file of the next phase: it goes on from the checkpoint.'
  );
}
