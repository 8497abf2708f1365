// What Axolotl makes of `datasets` in a training file: SFTDataset of src/axolotl/utils/schemas/datasets.py
// (axolotl-ai-cloud/axolotl 70be546) with the field `weight` as pull request 3690 describes it: above 0 and at most 1,
// that part of the rows before they are tokenized, ignored where data is streamed.

import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import { hubKey } from '../../reading/hub-dataset.js';
import { pythonFloat } from '../../reading/python-words.js';
import type { YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

export function parseAxolotl({ content }: ExportedFile, options: OptionValues): FileReading {
  const findings: Finding[] = [];
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const { map } = readYamlMap(content, findings);
  if (!map) return nothing;
  const { datasets } = map;
  if (!Array.isArray(datasets) || datasets.length === 0) {
    say('error', 'datasets', `is ${Array.isArray(datasets) ? 'an empty list' : yamlKind(datasets)}, not a list`);
    return nothing;
  }
  const defaultSplit = options.text('split') ?? 'train';
  const weighted = datasets.some((item: YamlValue) => isYamlMap(item) && (item.weight ?? null) !== null);
  const sources = datasets.map((item: YamlValue, i) =>
    readDataset(item, `datasets[${i}]`, weighted, defaultSplit, findings),
  );
  const keys = sources.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) say('warning', 'datasets', `"${twice}" stands twice: a part of it is taken for each`);
  if (!weighted) say('warning', 'datasets', 'have no weight: Axolotl puts them together, all rows of each');
  else if (map.streaming === true) {
    say('error', 'streaming', 'is true: Axolotl then ignores the weights of data sets');
  }
  if ((map.pretraining_dataset ?? null) !== null) {
    say('warning', 'pretraining_dataset', 'is read in place of datasets, and has no weights');
  }
  return { findings, phases: [{ name: null, start: 0, sources }], settings: { streaming: map.streaming === true } };
}

function readDataset(
  item: YamlValue,
  where: string,
  weighted: boolean,
  defaultSplit: string,
  findings: Finding[],
): SourceReading {
  const fail = (field: string, message: string) =>
    findings.push({ level: 'error', where: `${where}.${field}`, message });
  if (!isYamlMap(item)) {
    findings.push({ level: 'error', where, message: `is ${yamlKind(item)}, not a map` });
    return { key: where, amount: null };
  }
  for (const field of ['path', 'name', 'split'] as const) {
    const value = item[field] ?? null;
    if (typeof value === 'string' ? value === '' : field === 'path' || value !== null) {
      fail(field, `is ${yamlKind(item[field])}, not a text: put it in quotes`);
    }
  }
  const { weight } = item;
  const key = hubKey({ ...item, split: item.split ?? 'train' }, defaultSplit);
  // Where others have one, none is 1.
  if ((weight ?? null) === null) return { key, amount: weighted ? 1 : null };
  // The schema turns text into a number where a number belongs, so 1e-7, which is text to PyYAML, is none the worse.
  const amount = typeof weight === 'string' ? pythonFloat(weight) : weight;
  if (typeof amount !== 'number' || !(amount > 0) || amount > 1) {
    fail('weight', `is ${yamlKind(weight)}, and must be above 0 and at most 1: no data set can be repeated`);
    return { key, amount: null };
  }
  return { key, amount };
}
