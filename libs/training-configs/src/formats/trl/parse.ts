// What TRL makes of `datasets` in a configuration (huggingface/trl 1.13.0, trl/scripts/utils.py: yaml.safe_load,
// DatasetConfig(**entry), get_dataset).

import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import { hubKey } from '../../reading/hub-dataset.js';
import type { YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

const FIELDS = ['path', 'name', 'data_dir', 'data_files', 'split', 'columns', 'fraction'];

export function parseTrl({ content }: ExportedFile, options: OptionValues): FileReading {
  const findings: Finding[] = [];
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const { map } = readYamlMap(content, findings);
  if (!map) return nothing;
  const { datasets } = map;
  if (!Array.isArray(datasets) || datasets.length === 0) {
    if (datasets === undefined && typeof map.dataset_name === 'string') {
      say('note', 'dataset_name', 'is one data set without weights, not a mixture');
      const sources = [{ key: map.dataset_name, amount: null }];
      return { findings, phases: [{ name: null, start: 0, sources }], settings: {} };
    }
    say('error', 'datasets', `is ${Array.isArray(datasets) ? 'an empty list' : yamlKind(datasets)}`);
    return nothing;
  }
  if (map.dataset_name !== undefined) say('warning', 'dataset_name', 'is ignored beside datasets');
  const defaultSplit = options.text('split') ?? 'train';
  const sources = datasets.map((item: YamlValue, i) => readDataset(item, `datasets[${i}]`, defaultSplit, findings));
  const keys = sources.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) say('warning', 'datasets', `"${twice}" stands twice: its first rows are taken twice`);

  const has = datasets.map((item: YamlValue) => isYamlMap(item) && (item.fraction ?? null) !== null);
  if (!has.includes(true)) {
    say('warning', 'datasets', 'have no fraction: TRL concatenates them, so each weighs as much as it has rows');
  } else if (has.includes(false)) {
    say('error', `datasets[${has.indexOf(false)}].fraction`, 'is missing: TRL wants it of all data sets or of none');
  } else {
    if (map.streaming === true) say('error', 'streaming', 'is true: TRL refuses fractions of streamed data sets');
    const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
    const isRead = sources.every(({ amount }) => amount !== null);
    if (isRead && sum === 0) say('error', 'datasets', 'have fractions that sum to 0');
    else if (isRead && Math.abs(sum - 1) > 1e-9) {
      say('note', 'datasets', `have fractions that sum to ${sum}; TRL divides by that`);
    }
  }
  return { findings, phases: [{ name: null, start: 0, sources }], settings: { streaming: map.streaming === true } };
}

function readDataset(item: YamlValue, where: string, defaultSplit: string, findings: Finding[]): SourceReading {
  const say = (level: Finding['level'], field: string, message: string) =>
    findings.push({ level, where: `${where}.${field}`, message });
  if (!isYamlMap(item)) {
    findings.push({ level: 'error', where, message: `is ${yamlKind(item)}, not a map` });
    return { key: where, amount: null };
  }
  for (const key of Object.keys(item)) {
    if (!FIELDS.includes(key)) say('error', key, `is no field of a data set, which has ${FIELDS.join(', ')}`);
  }
  if (typeof item.path !== 'string' || item.path === '') say('error', 'path', `is ${yamlKind(item.path)}, not a text`);
  for (const field of ['name', 'split'] as const) {
    const value = item[field];
    if (value === undefined || (field === 'name' && value === null) || typeof value === 'string') continue;
    say('error', field, `is ${yamlKind(value)}, not a text: put it in quotes`);
  }
  const { fraction } = item;
  let amount: number | null = null;
  if (typeof fraction === 'number' && Number.isFinite(fraction)) {
    if (fraction < 0) say('error', 'fraction', `is ${fraction}, and must not be below 0`);
    else amount = fraction;
    if (fraction === 0) say('warning', 'fraction', 'is 0: the data set is loaded and no row of it is used');
  } else if ((fraction ?? null) !== null) {
    const hint = typeof fraction === 'string' && Number.isFinite(Number(fraction)) ? ' to PyYAML: write 0.0000001' : '';
    say('error', 'fraction', `is ${yamlKind(fraction)}, not a number${hint}`);
  }
  return { key: hubKey({ ...item, split: item.split ?? 'train' }, defaultSplit), amount };
}
