import { locationOf } from '../../export/locations.js';
import type { OptionValues } from '../../export/options.js';
import { startSteps } from '../../export/steps.js';
import type { RunInPhases, TrainingConfigFormat } from '../../format.js';
import { greedyBlend } from '../../samplers/greedy-blend.js';
import { rowPasses } from '../../samplers/row-passes.js';
import { indexedExample, indexedOptions } from '../../writing/megatron-prefix.js';
import { datasetRule, prefixRule } from './locations.js';
import { parseMegatronBridge } from './parse.js';
import { writeMegatronBridge } from './write.js';

/** Megatron-Bridge: packed sequences in pretraining, passes over the rows in fine-tuning. */
export const megatronBridgeFormat: TrainingConfigFormat = {
  name: 'megatron-bridge',
  trainer: 'Megatron-Bridge',
  description:
    'dataset.yaml to merge into a pretraining recipe; with dataset=finetune sources.py for Hugging Face data',
  needs:
    "Each domain's dataset prefix: locations.megatron-bridge or locations.megatron in the corpus, or the option location. " +
    'Fine-tuning needs the Hugging Face dataset instead (locations.huggingface), its tokens and the length of the run.',
  unit: (options) => (isFinetuning(options) ? 'epochs' : 'sequences'),
  units: ['sequences', 'epochs'],
  options: {
    dataset: {
      kind: 'choice',
      choices: ['pretrain', 'finetune'],
      description: 'pretrain: indexed datasets by prefix; finetune: Hugging Face datasets, weights as passes over them',
      default: 'pretrain',
    },
    ...indexedOptions,
  },
  zeros: 'dropped',
  // Megatron-Core's blending index is a signed 16-bit number.
  maxDomains: 32_766,
  phases: { relaunch },
  example: indexedExample,
  key: (domain, options) => locationOf(domain, options, isFinetuning(options) ? datasetRule : prefixRule),
  write: writeMegatronBridge,
  parse: parseMegatronBridge,
  simulate: (input, options) => (isFinetuning(options) ? rowPasses(input) : greedyBlend(input)),
};

const isFinetuning = (options: OptionValues): boolean => options.text('dataset') === 'finetune';

function relaunch(run: RunInPhases): string {
  if (isFinetuning(run.options)) {
    return 'Fine-tune with the sources of one phase after the other, each run starting from the checkpoint of the last.';
  }
  const steps = startSteps(run)?.slice(1).join(', ');
  const end =
    steps === undefined ? 'the iteration at which its phase ends' : `the iteration at which its phase ends (${steps})`;
  return (
    `End each run at ${end} with a checkpoint, and start again from it with the dataset.yaml of the next phase. ` +
    `Versions with train.phase_transition_iterations do so by themselves with [${steps ?? '…'}] and a constant global batch.`
  );
}
