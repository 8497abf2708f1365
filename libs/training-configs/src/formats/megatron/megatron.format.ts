import type { TrainingConfigFormat } from '../../format.js';
import { parseMegatron } from './parse.js';
import { megatronPrefix } from './prefix.js';
import { writeMegatron } from './write.js';

/** Megatron-LM: weights count packed sequences of equal length, so token shares are right as they are. */
export const megatronFormat: TrainingConfigFormat = {
  name: 'megatron',
  description:
    'Megatron-LM: blend.txt for --data-args-path, blend.per-split.json for --per-split-data-args-path, blend.meta.json',
  needs: "Each domain's dataset prefix: locations.megatron in the corpus, or the option prefix.",
  options: {
    prefix: {
      kind: 'text',
      description: 'Template of the dataset prefixes, e.g. /data/{domain}_text_document',
    },
    valid: {
      kind: 'list',
      description: 'Dataset prefixes of the validation split, unweighted, as --multiple-validation-sets wants them',
    },
    test: { kind: 'list', description: 'Dataset prefixes of the test split, unweighted' },
  },
  zeros: 'dropped',
  // The blending index is a signed 16-bit number.
  maxDomains: 32_766,
  key: megatronPrefix,
  write: writeMegatron,
  parse: parseMegatron,
};
