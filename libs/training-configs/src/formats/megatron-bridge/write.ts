import { InvalidInputError } from '#libs/simplex';
import { readSplit } from '../../export/splits.js';
import type { ExportPlan, Written } from '../../format.js';
import { commented } from '../../writing/comments.js';
import { pythonString } from '../../writing/python.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';
import { prefixRule } from './locations.js';

/** dataset.yaml for pretraining, sources.py for fine-tuning on Hugging Face datasets. */
export function writeMegatronBridge(plan: ExportPlan): Written {
  return plan.options.text('dataset') === 'finetune' ? writeSources(plan) : writeDataset(plan);
}

function writeDataset({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const valid = readSplit(options, 'valid', prefixRule);
  const test = readSplit(options, 'test', prefixRule);
  const evaluated = valid !== null || test !== null;
  const unweighted = (prefixes: readonly string[] | null) => (prefixes ? [prefixes, null] : null);
  const numbers = entries.map(({ text }) => new DecimalText(text));
  // A blend that the recipe has set would win over data_path, and blend_per_split excludes both blend and split.
  const dataset = evaluated
    ? {
        data_path: null,
        blend: null,
        blend_per_split: [[entries.map(({ key }) => key), numbers], unweighted(valid), unweighted(test)],
        split: null,
      }
    : {
        blend: null,
        blend_per_split: null,
        data_path: entries.flatMap(({ key, text }) => [text, key]),
        split: '100,0,0',
      };
  return {
    files: [{ path: 'dataset.yaml', content: yamlText({ dataset }, header) }],
    usage: [
      'Merge dataset.yaml into a pretraining recipe: OmegaConf.merge and apply_overrides, as in "Overriding ' +
        'configuration" of the Megatron-Bridge documentation.',
      valid
        ? 'validation.eval_iters and validation.eval_interval decide how often the validation prefixes are evaluated.'
        : 'Set validation.eval_iters to 0: there is no validation data. It can be given with the option valid.',
    ],
  };
}

function writeSources({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const useless = (['valid', 'test'] as const).find((name) => options.list(name) !== undefined);
  if (useless !== undefined) {
    throw new InvalidInputError(
      'EXPORT_OPTION',
      `the option ${useless} is for dataset=pretrain: in fine-tuning pass a validation_source to DirectHFSFTDatasetConfig`,
      { argument: useless, value: options.list(useless), allowed: 'not together with dataset=finetune' },
    );
  }
  const sources = entries.map(({ key }) => `    HFDatasetSourceConfig(path_or_dataset=${pythonString(key)}),\n`);
  const weights = entries.map(({ text, domain }) => `    ${text},  # ${domain}\n`);
  const content =
    `${commented(header)}from megatron.bridge.data.builders import HFDatasetSourceConfig\n\n` +
    `source = [\n${sources.join('')}]\n\n` +
    `# Passes over the rows of each source.\nsource_weights = [\n${weights.join('')}]\n`;
  return {
    files: [{ path: 'sources.py', content }],
    usage: [
      'from sources import source, source_weights, and pass both to DirectHFSFTDatasetConfig, together with ' +
        'do_validation=False and do_test=False or with a validation_source and a test_source: a list of sources has ' +
        'no split of its own to derive them from.',
      'Train for as many samples as the blend has rows: for more, Megatron-Bridge starts over with the same rows.',
    ],
    warnings: ['Megatron-Bridge holds every row of these sources in memory: this is meant for fine-tuning'],
  };
}
