import { readSplit } from '../../export/splits.js';
import type { ExportPlan, Written } from '../../format.js';
import { filePrefixRule, nestedPrefixes, refuseNested } from '../../writing/file-prefix.js';
import { DecimalText, yamlText } from '../../writing/yaml.js';

/** The prepared files are called {prefix}_{number}; versions of the loader look for {prefix}_*, {prefix}-* or {prefix}*. */
export const regMixPrefix = filePrefixRule('regmix', 'train_{domain}');

const FILE = 'mixture.yaml';

/** Maps, so that domains whose names are numbers keep their places. */
export function writeRegMix({ phases, options, header }: ExportPlan): Written {
  const { entries } = phases[0]!;
  const nested = nestedPrefixes(entries);
  const certain = nested.find(([shorter, longer]) => /[-_]/.test(longer.key[shorter.key.length]!));
  if (certain) refuseNested(...certain, `${certain[0].key}${certain[1].key[certain[0].key.length]}*`, '{domain}/train');
  const valid = readSplit(options, 'valid', regMixPrefix) ?? [];
  const seed = options.number('seed');
  const document = new Map<string, unknown>([
    ['train', new Map(entries.map(({ key, text }) => [key, new DecimalText(text)]))],
    ['valid', new Map(valid.map((prefix) => [prefix, new DecimalText('1.0')]))],
    ['model_name', options.text('modelName')],
    ...(seed === undefined ? [] : [['data_seed', seed] as const]),
  ]);
  return {
    files: [{ path: FILE, content: yamlText(document, header) }],
    usage: [
      `Pass --data_yaml_file ${FILE} to model_training/pretrain/tinyllama.py; other variables of the script may be added to ` +
        'the file.',
      'A domain with fewer files than devices is skipped with a line in the log, and its weight goes to the others.',
      ...(valid.length > 0
        ? ['Pass --val_data_dir too: without it nothing is validated.']
        : ['No validation files are named, so nothing is validated: give their prefixes in the option valid.']),
    ],
    warnings: nested
      .slice(0, 3)
      .map(
        ([shorter, longer]) =>
          `The prefix "${shorter.key}" is the beginning of "${longer.key}": versions of the loader that look for ` +
          `${shorter.key}* read the files of both for "${shorter.domain}".`,
      ),
  };
}
