// What NeMo 1 makes of model.data.data_prefix (NVIDIA/NeMo, nemo/collections/nlp/data/language_modeling/megatron/
// gpt_dataset.py build_train_valid_test_datasets, 030715f, and base_dataset_utils.py, 2139d5b): a list for all splits, or
// a map with a list for each. OmegaConf reads the file.
import { readBlend, readingOfSplits } from '../../reading/megatron-blend.js';
import type { YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

const PLACE = 'model.data.data_prefix';

export function parseDataPrefix(content: string): FileReading {
  const findings: Finding[] = [];
  const { map } = readYamlMap(content, findings, 'number');
  const nothing: FileReading = { findings, phases: [], settings: {} };
  if (map === null) return nothing;
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const prefix = member(member(member(map, 'model'), 'data'), 'data_prefix');
  if (prefix === null || prefix === '???') {
    say('error', PLACE, prefix === null ? 'is missing' : 'is ???, which stands for a value to be given');
    return nothing;
  }
  if (content.includes('${'))
    say('note', PLACE, 'holds an interpolation, which OmegaConf fills in; it is shown as it stands');
  const read = (value: YamlValue, where: string, weights: 'wanted' | 'optional') => {
    if (isList(value)) return readBlend(value, { where, trainer: 'NeMo', weights }, findings);
    say('error', where, `is ${yamlKind(value)}, no list`);
    return null;
  };
  if (!isYamlMap(prefix)) {
    const sources = read(prefix, PLACE, 'wanted');
    return sources ? { findings, phases: [{ name: null, start: 0, sources }], settings: {} } : nothing;
  }
  const splits = (['train', 'validation', 'test'] as const).map((split) => {
    const value = prefix[split] ?? null;
    const where = `${PLACE}.${split}`;
    if (value !== null) return read(value, where, split === 'train' ? 'wanted' : 'optional');
    say('error', where, 'is missing: NeMo wants prefixes for train, validation and test');
    return null;
  });
  if (splits[1]?.some(({ amount }) => amount !== null)) {
    const message = 'has weights, which NeMo on Megatron-Core refuses unless limit_val_batches is a whole number';
    say('warning', `${PLACE}.validation`, message);
  }
  return readingOfSplits(findings, splits);
}

function member(value: YamlValue, name: string): YamlValue {
  return isYamlMap(value) ? (value[name] ?? null) : null;
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}
