import type { LocationRule } from '../../export/locations.js';
import { blendPrefixRule, forOmegaConf } from '../../writing/megatron-prefix.js';

export const prefixRule = forOmegaConf(blendPrefixRule('Megatron-Bridge', ['megatron-bridge', 'megatron'], 'list'));

/** A dataset on the Hugging Face hub, or a folder in its format. */
export const datasetRule: LocationRule = {
  registeredAs: ['megatron-bridge-finetune', 'huggingface'],
  example: 'org/{domain}',
  what: 'the Hugging Face dataset',
  problem: (dataset) => (dataset.trim() === '' ? 'is blank, which Megatron-Bridge refuses' : null),
};
