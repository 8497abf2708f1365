import { InvalidInputError } from '#libs/simplex';
import type { LocationRule } from '../../export/locations.js';
import type { OptionValues } from '../../export/options.js';
import { readSplit } from '../../export/splits.js';
import type { ExportEntry, ExportPlan, Written } from '../../format.js';
import { commented } from '../../writing/comments.js';
import { blendPrefixRule, forOmegaConf } from '../../writing/megatron-prefix.js';
import { pythonString } from '../../writing/python.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';

const listRule = blendPrefixRule('NeMo', ['nemo', 'megatron'], 'list');
const yamlRule = forOmegaConf(listRule);

/** NeMo 1 reads YAML with OmegaConf, NeMo 2 a Python list. */
export function prefixRule(options: OptionValues): LocationRule {
  return options.text('release') === '1' ? yamlRule : listRule;
}

interface OtherSplits {
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

/** paths.py for NeMo 2, data.yaml for NeMo 1. */
export function writeNemo({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const validation = readSplit(options, 'valid', prefixRule(options));
  const test = readSplit(options, 'test', prefixRule(options));
  if (validation && test) return write(entries, { validation, test }, options.text('release')!, header);
  if (!validation && !test) return write(entries, null, options.text('release')!, header);
  const missing = validation ? 'test' : 'valid';
  throw new InvalidInputError(
    'EXPORT_OPTION',
    `NeMo takes all three splits or the training list alone: give the option ${missing} too (the same prefixes may serve both)`,
    { argument: missing, allowed: 'dataset prefixes' },
  );
}

function write(
  entries: readonly ExportEntry[],
  others: OtherSplits | null,
  version: string,
  header: readonly string[],
): Written {
  const usage = others
    ? 'Leave trainer.limit_val_batches at a whole number for that many batches, or at 1.0 for the whole validation data.'
    : 'Set trainer.limit_val_batches to 0: all data is for training, and NeMo refuses a fraction (also the default, ' +
      '1.0) with a single list. Validation data can be given with the options valid and test.';
  if (version === '1') {
    return {
      files: [{ path: 'data.yaml', content: yaml(entries, others, header) }],
      usage: ['Merge data.yaml into the configuration of the model.', usage],
    };
  }
  const passed = others ? 'paths and pass paths=paths' : 'paths, split and pass paths=paths, split=split';
  return {
    files: [{ path: 'paths.py', content: python(entries, others, header) }],
    usage: [`from paths import ${passed} to PreTrainingDataModule.`, usage],
  };
}

function python(entries: readonly ExportEntry[], others: OtherSplits | null, header: readonly string[]): string {
  const blend = (indent: string) =>
    entries.map(({ key, text }) => `${indent}"${text}", ${pythonString(key)},\n`).join('');
  const list = (prefixes: readonly string[]) => `[${prefixes.map(pythonString).join(', ')}]`;
  if (!others) return `${commented(header)}paths = [\n${blend('    ')}]\nsplit = "100,0,0"\n`;
  return (
    `${commented(header)}paths = {\n    "train": [\n${blend('        ')}    ],\n` +
    `    "validation": ${list(others.validation)},\n    "test": ${list(others.test)},\n}\n`
  );
}

function yaml(entries: readonly ExportEntry[], others: OtherSplits | null, header: readonly string[]): string {
  const blend = entries.flatMap(({ key, text }) => [new DecimalText(text), key]);
  const data = others ? { data_prefix: { train: blend, ...others } } : { data_prefix: blend, splits_string: '100,0,0' };
  return yamlText({ model: { data } }, header);
}
