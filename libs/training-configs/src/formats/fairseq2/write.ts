import type { ExportPlan, Written } from '../../format.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';

/** dataset.yaml, a fragment of the recipe's configuration. */
export function writeFairseq2({ phases, header }: ExportPlan): Written {
  const sources = phases[0]!.entries.map(({ key, text }) => ({ path: key, weight: new DecimalText(text) }));
  const value = { dataset: { family: 'lm_train', config_overrides: { sources } } };
  return {
    files: [{ path: 'dataset.yaml', content: yamlText(value, header) }],
    usage: [
      'Put the keys into `dataset` of the recipe’s configuration.',
      'Set regime.num_steps: an epoch of the data ends only when every source was read once, so num_data_epochs repeats ' +
        'small sources until the largest is through.',
      'Each source needs at least as many *.chunk.*.jsonl files as there are data-parallel ranks.',
    ],
  };
}
