// What Levanter makes of `data` in a configuration. draccus reads it (dlwh/draccus 1152aca: it refuses keys that are no
// fields, and makes text of every key and a number of text where one belongs); LMMixtureDatasetConfig or LmDataConfig
// holds it (src/levanter/data/text.py, stanford-crfm/levanter; lib/levanter/src/levanter/data/text/datasets.py,
// marin-community/marin 00643f7) and MixtureDataset draws (lib/levanter/src/levanter/data/mixture.py 071105a).
import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import { pythonFloat } from '../../reading/python-words.js';
import { type YamlMap, type YamlValue, yamlEntries } from '../../reading/python-yaml.js';
import type { FileReading, Finding, PhaseReading, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

const DEFAULT_BLOCK = 2048;
const STOP_STRATEGIES = ['restart', 'first_exhausted', 'all_exhausted'];
const FIELDS = new Set(
  (
    'tokenizer vocab_size cache_dir cache_options enforce_eos chat_template ignore_token_id shuffle permutation_type ' +
    'block_cross_document_attention auto_build_caches configs components train_weights stop_strategy target_budget ' +
    'experiment_budget mixture_block_size max_train_batches num_validation_sequences shuffle_before_trainval_split'
  ).split(' '),
);

export function parseLevanter({ content }: ExportedFile, options: OptionValues): FileReading {
  const findings: Finding[] = [];
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const included = /^\s*data:\s*!include\s+(\S+)/m.exec(content);
  if (included) {
    fail('data', `is kept in another file, ${included[1]}: check that one`);
    return nothing;
  }
  const { map, keysNotText } = readYamlMap(content, findings);
  if (!map) return nothing;
  for (const { where, text } of keysNotText) {
    const message = `the name ${text} is no text to YAML, and Levanter makes another of it, as of no "False": put it in quotes`;
    findings.push({ level: 'warning', where, message });
  }
  const data = map.data === undefined && (map.configs ?? map.components) !== undefined ? map : map.data;
  if (!isYamlMap(data)) {
    fail('data', `is ${yamlKind(data)}, not a map`);
    return nothing;
  }
  const names = readDatasets(data, findings);
  if (names === null) return nothing;
  for (const key of Object.keys(data)) {
    if (data === map || FIELDS.has(key)) continue;
    const message = 'is no field of the versions of Levanter that were read; it refuses those it does not know';
    findings.push({ level: 'warning', where: `data.${key}`, message });
  }
  const block = readBlock(data, findings);
  const settings = { mixture_block_size: block, stop_strategy: readStopStrategy(data, findings) };
  const phases = readStages(data, names, findings);
  checkData(data, phases, findings);
  const batch = batchOf(map) ?? options.number('batchSize') ?? null;
  checkStarts(phases, block, batch, findings);
  phases.forEach((phase, i) => {
    checkWeights(phase, block, phases.length > 1 ? `data.train_weights[${i}]` : 'data.train_weights', findings);
  });
  return { findings, phases, settings };
}

/** Names of the data sets, in the order in which Levanter numbers them. */
function readDatasets(data: YamlMap, findings: Finding[]): readonly string[] | null {
  const fail = (message: string) => {
    findings.push({ level: 'error', where: 'data', message });
    return null;
  };
  const { configs, components } = data;
  if (configs !== undefined && components !== undefined) return fail('has both configs and components');
  const datasets = configs ?? components;
  if (datasets === undefined) return fail('has neither configs nor components: it is no mixture');
  if (!isYamlMap(datasets) || Object.keys(datasets).length === 0) {
    return fail(`has ${configs ? 'configs' : 'components'} that are ${yamlKind(datasets)}, not a map of data sets`);
  }
  for (const [name, dataset] of yamlEntries(datasets)) {
    const where = `data.${configs ? 'configs' : 'components'}.${name}`;
    if (!isYamlMap(dataset)) findings.push({ level: 'error', where, message: `is ${yamlKind(dataset)}, not a map` });
    else if (configs !== undefined && dataset.id !== undefined && dataset.train_urls !== undefined) {
      findings.push({ level: 'error', where, message: 'has both id and train_urls' });
    }
  }
  return yamlEntries(datasets).map(([name]) => name);
}

/** A source that is drawn from must say where its training data is. */
function checkData({ configs }: YamlMap, phases: readonly PhaseReading[], findings: Finding[]): void {
  if (!isYamlMap(configs)) return;
  const drawn = new Set(phases.flatMap(({ sources }) => sources.filter(({ amount }) => amount).map(({ key }) => key)));
  for (const [name, dataset] of yamlEntries(configs)) {
    if (!drawn.has(name) || !isYamlMap(dataset)) continue;
    if (dataset.id ?? dataset.train_urls ?? dataset.cache_dir) continue;
    const message = 'has a weight and neither id, train_urls nor cache_dir: there is nothing of it to train on';
    findings.push({ level: 'warning', where: `data.configs.${name}`, message });
  }
}

function readBlock({ mixture_block_size: value }: YamlMap, findings: Finding[]): number {
  if (value === undefined) return DEFAULT_BLOCK;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536) return value;
  const message = `is ${yamlKind(value)}, not a whole number from 1 to 65535`;
  findings.push({ level: 'error', where: 'data.mixture_block_size', message });
  return DEFAULT_BLOCK;
}

function readStopStrategy({ stop_strategy: value = 'restart' }: YamlMap, findings: Finding[]): string {
  const say = (level: Finding['level'], message: string) =>
    findings.push({ level, where: 'data.stop_strategy', message });
  if (typeof value !== 'string' || !STOP_STRATEGIES.includes(value)) {
    say('error', `is ${yamlKind(value)}, not one of ${STOP_STRATEGIES.join(', ')}`);
    return 'restart';
  }
  if (value !== 'restart') say('warning', `is ${value}: the data may end before the run, and older versions refuse it`);
  return value;
}

function readStages(data: YamlMap, names: readonly string[], findings: Finding[]): PhaseReading[] {
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const { train_weights: weights } = data;
  if (weights === undefined || weights === null) {
    if (data.components === undefined) {
      fail('data.train_weights', 'is missing, and Levanter cannot divide by a sum of 0');
      return [];
    }
    findings.push({ level: 'note', where: 'data.train_weights', message: 'is missing: every component gets the same' });
    return [{ name: null, start: 0, sources: names.map((key) => ({ key, amount: 1 })) }];
  }
  if (isYamlMap(weights)) {
    return [{ name: null, start: 0, sources: readWeights(weights, names, 'data.train_weights', findings) }];
  }
  if (!Array.isArray(weights) || weights.length === 0) {
    fail('data.train_weights', `is ${yamlKind(weights)}, neither a map of weights nor a list of stages`);
    return [];
  }
  const stages = weights.map((stage: YamlValue, i): PhaseReading | null => {
    const where = `data.train_weights[${i}]`;
    const [start, map] = Array.isArray(stage) && stage.length === 2 ? stage : [null, null];
    if (typeof start !== 'number' || !Number.isInteger(start) || !isYamlMap(map)) {
      fail(where, 'is not a step and a map of weights');
      return null;
    }
    return { name: null, start, sources: readWeights(map, names, where, findings) };
  });
  return stages.includes(null) ? [] : (stages as PhaseReading[]);
}

/** In the order of the data sets; those without a weight have none in this stage. */
function readWeights(
  weights: YamlMap,
  names: readonly string[],
  where: string,
  findings: Finding[],
): readonly SourceReading[] {
  const fail = (name: string, message: string) => {
    findings.push({ level: 'error', where: `${where}.${name}`, message });
    return null;
  };
  const order = new Map(names.map((name, i) => [name, i]));
  return yamlEntries(weights)
    .map(([key, value]): SourceReading => {
      if (!order.has(key)) fail(key, 'is the weight of no data set');
      const number = typeof value === 'string' ? pythonFloat(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) {
        return { key, amount: fail(key, `is ${yamlKind(value)}, not a finite number`) };
      }
      if (typeof value === 'string') {
        const message = `is the text "${value}" to YAML, of which Levanter makes a number: write it without an exponent`;
        findings.push({ level: 'warning', where: `${where}.${key}`, message });
      }
      if (number < 0) fail(key, `is ${number}, below 0`);
      return { key, amount: number };
    })
    .sort((a, b) => (order.get(a.key) ?? names.length) - (order.get(b.key) ?? names.length));
}

function batchOf({ trainer }: YamlMap): number | null {
  const batch = isYamlMap(trainer) ? trainer.train_batch_size : undefined;
  return typeof batch === 'number' && batch > 0 ? batch : null;
}

function checkStarts(phases: readonly PhaseReading[], block: number, batch: number | null, findings: Finding[]): void {
  const fail = (i: number, message: string) =>
    findings.push({ level: 'error', where: `data.train_weights[${i}]`, message });
  phases.forEach(({ start }, i) => {
    if (i === 0) {
      if (start !== 0) fail(0, `begins at step ${start}: the first stage must begin at 0`);
    } else if (start <= phases[i - 1]!.start) {
      fail(i, `begins at step ${start}, not after the stage before it`);
    } else if (batch !== null && (start * batch) % block !== 0) {
      fail(
        i,
        `begins at step ${start}, after ${start * batch} sequences: that is no multiple of mixture_block_size ${block}, and ` +
          'Levanter stops there',
      );
    }
  });
  if (phases.length > 1 && batch === null) {
    const message = `whether the stages begin where a block of ${block} sequences ends depends on the batch: give batchSize`;
    findings.push({ level: 'note', where: 'data.train_weights', message });
  }
}

function checkWeights({ sources }: PhaseReading, block: number, where: string, findings: Finding[]): void {
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (!(sum > 0)) {
    say('error', 'sums to 0, and Levanter divides by the sum');
    return;
  }
  if (Math.abs(sum - 1) > 1e-9) say('note', `sums to ${sum}; Levanter divides by that`);
  const lost = sources.filter(
    ({ amount }) => amount !== null && amount > 0 && Math.trunc((amount / sum) * block) === 0,
  );
  if (lost.length > 0) {
    say(
      'warning',
      `gives ${lost.map(({ key }) => `"${key}"`).join(', ')} less than one sequence of a block of ${block}, which is none: ` +
        'raise mixture_block_size, to 65535 at most',
    );
  }
}
