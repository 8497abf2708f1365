// What nanotron makes of a configuration: yaml.load with SafeLoader, then dacite, which refuses keys that are no fields
// (src/nanotron/config/config.py, huggingface/nanotron 00708b8: Config, DatasetStageArgs, DataArgs, NanosetDatasetsArgs).
// A fragment with data_stages alone is read too.
import type { ExportedFile } from '../../format.js';
import type { YamlMap, YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, PhaseReading, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

const STAGE = ['name', 'start_training_step', 'data'];
const DATA = ['dataset', 'seed', 'num_loading_workers'];
const NANOSET = ['dataset_folder', 'dataset_weights', 'tokenizer_name', 'vocab_size', 'token_size_in_bytes'];

export function parseNanotron({ content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const { map, numbersReadAsText } = readYamlMap(content, findings);
  if (!map) return nothing;
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const { data_stages: list } = map;
  if (!Array.isArray(list) || list.length === 0) {
    fail('data_stages', `is ${Array.isArray(list) ? 'an empty list' : yamlKind(list)}, not a list of stages`);
    return nothing;
  }
  const stages = list.map((item: YamlValue, i) => readStage(item, `data_stages[${i}]`, findings));
  for (const { where, text } of numbersReadAsText) fail(where, `${text} is a text to YAML, not a number`);
  checkStages(stages, findings);
  // nanotron sorts them before it looks at anything else.
  const phases = [...stages].sort((a, b) => a.start - b.start);
  if (phases.some((stage, i) => stage !== stages[i])) {
    findings.push({ level: 'note', where: 'data_stages', message: 'do not stand in the order of their steps' });
  }
  return { findings, phases, settings: seedOf(list[0]) };
}

function readStage(item: YamlValue, where: string, findings: Finding[]): PhaseReading {
  const fail = (field: string, message: string) =>
    findings.push({ level: 'error', where: field === '' ? where : `${where}.${field}`, message });
  if (!isYamlMap(item)) {
    fail('', `is ${yamlKind(item)}, not a map`);
    return { name: null, start: 0, sources: [] };
  }
  const { name, start_training_step: start, data } = item;
  refuseOthers(item, STAGE, where, findings);
  if (typeof name !== 'string') fail('name', `is ${yamlKind(name)}, not a text`);
  const whole = typeof start === 'number' && Number.isInteger(start);
  if (!whole) fail('start_training_step', `is ${yamlKind(start)}, not a whole number`);
  else if (start < 1) fail('start_training_step', `is ${start}: nanotron counts steps from 1`);
  const sources = readData(data, `${where}.data`, findings);
  return { name: typeof name === 'string' ? name : null, start: whole ? start : 0, sources };
}

function readData(data: YamlValue | undefined, where: string, findings: Finding[]): SourceReading[] {
  const say = (level: Finding['level'], field: string, message: string) => {
    findings.push({ level, where: field === '' ? where : `${where}.${field}`, message });
  };
  if (!isYamlMap(data)) {
    say('error', '', `is ${yamlKind(data)}, not a map`);
    return [];
  }
  refuseOthers(data, DATA, where, findings);
  for (const field of ['seed', 'num_loading_workers']) {
    const value = data[field] ?? null;
    if (value !== null && !(typeof value === 'number' && Number.isInteger(value))) {
      say('error', field, `is ${yamlKind(value)}, not a whole number`);
    }
  }
  const { dataset } = data;
  if (dataset === undefined || dataset === null) {
    say('warning', 'dataset', 'is empty: nanotron trains on made-up tokens');
    return [];
  }
  if (!isYamlMap(dataset)) {
    say('error', 'dataset', `is ${yamlKind(dataset)}, not a map`);
    return [];
  }
  if (Object.hasOwn(dataset, 'hf_dataset_or_datasets')) {
    say('warning', 'dataset', 'is one of the Hugging Face hub, which nanotron reads without weights');
    return [];
  }
  return readNanoset(dataset, `${where}.dataset`, findings);
}

function readNanoset(dataset: YamlMap, where: string, findings: Finding[]): SourceReading[] {
  const fail = (field: string, message: string) =>
    findings.push({ level: 'error', where: `${where}.${field}`, message });
  if (Object.hasOwn(dataset, 'dataset_path')) fail('dataset_path', 'was the name of dataset_folder in older versions');
  refuseOthers(dataset, [...NANOSET, 'dataset_path'], where, findings);
  const { dataset_folder: folder, dataset_weights: weights = null } = dataset;
  if (typeof folder === 'string') {
    if (weights !== null) fail('dataset_weights', 'is replaced by [1]: dataset_folder is one text, not a list');
    return [{ key: folder, amount: 1 }];
  }
  if (isYamlMap(folder)) {
    fail('dataset_folder', 'is a map of folders and weights: use dataset_folder and dataset_weights, two lists');
    return [];
  }
  if (!Array.isArray(folder) || folder.length === 0) {
    fail('dataset_folder', `is ${Array.isArray(folder) ? 'an empty list' : yamlKind(folder)}, not a list of folders`);
    return [];
  }
  const seen = new Set<YamlValue>();
  folder.forEach((key: YamlValue, i) => {
    if (typeof key !== 'string') fail(`dataset_folder[${i}]`, `is ${yamlKind(key)}, not a text: put it in quotes`);
    else if (seen.has(key)) {
      const message = `${key} stands twice: it is read and drawn as two data sets`;
      findings.push({ level: 'warning', where: `${where}.dataset_folder[${i}]`, message });
    }
    seen.add(key);
  });
  const amounts = readWeights(weights, folder.length, where, findings);
  return folder.map((key: YamlValue, i) => ({ key: String(key), amount: amounts?.[i] ?? null }));
}

function readWeights(
  weights: YamlValue,
  folders: number,
  where: string,
  findings: Finding[],
): readonly (number | null)[] | null {
  const say = (level: Finding['level'], place: string, message: string) =>
    findings.push({ level, where: `${where}.dataset_weights${place}`, message });
  if (weights === null) {
    say('warning', '', 'is missing: nanotron mixes the folders by their sizes');
    return null;
  }
  if (!Array.isArray(weights)) {
    say('error', '', `is ${yamlKind(weights)}, not a list of numbers`);
    return null;
  }
  if (weights.length !== folders) say('error', '', `has ${weights.length} weights for ${folders} folders`);
  const amounts = weights.map((weight: YamlValue, i): number | null => {
    if (typeof weight !== 'number' || !Number.isFinite(weight)) {
      say('error', `[${i}]`, `is ${yamlKind(weight)}, not a finite number`);
      return null;
    }
    if (weight < 0) say('error', `[${i}]`, `is ${weight}: nanotron would never draw this folder, and others too often`);
    if (weight === 0) say('warning', `[${i}]`, 'is 0: nanotron opens the folder and never draws from it');
    return weight;
  });
  const sum = amounts.reduce<number>((total, amount) => total + (amount ?? 0), 0);
  if (sum === 0) say('error', '', 'sums to 0, and nanotron divides by the sum');
  else if (Math.abs(sum - 1) > 1e-9) say('note', '', `sums to ${sum}; nanotron divides by that`);
  return amounts;
}

function refuseOthers(map: YamlMap, fields: readonly string[], where: string, findings: Finding[]): void {
  for (const key of Object.keys(map)) {
    if (fields.includes(key)) continue;
    const message = `is no field that nanotron knows here, and it refuses those; it knows ${fields.join(', ')}`;
    findings.push({ level: 'error', where: `${where}.${key}`, message });
  }
}

function checkStages(stages: readonly PhaseReading[], findings: Finding[]): void {
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const starts = stages.map(({ start }) => start);
  if (!starts.includes(1)) fail('data_stages', 'has no stage that starts at step 1');
  const names = new Set<string | null>();
  stages.forEach(({ name, start }, i) => {
    const where = `data_stages[${i}]`;
    if (names.has(name)) fail(`${where}.name`, `"${name}" stands twice: nanotron wants a name for each stage`);
    names.add(name);
    if (starts.indexOf(start) !== i) fail(`${where}.start_training_step`, `${start} is that of an earlier stage, too`);
  });
}

function seedOf(stage: YamlValue | undefined): Record<string, number> {
  const data = isYamlMap(stage) ? stage.data : undefined;
  const seed = isYamlMap(data) ? data.seed : undefined;
  return typeof seed === 'number' ? { seed } : {};
}
