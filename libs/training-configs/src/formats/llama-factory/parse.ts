// What LLaMA-Factory makes of a training file (v0: hiyouga/LLaMA-Factory src/llamafactory/hparams/data_args.py and
// src/llamafactory/data/data_utils.py) or of a data file (v1: src/llamafactory/v1/core/data_engine.py aeda079,
// v1/plugins/data_plugins/loader.py 00577a8). Both are read by OmegaConf.load, where 1e-7 is a number.

import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import { checkProbabilities } from '../../reading/probabilities.js';
import { pythonFloat, readsAsPythonFloat } from '../../reading/python-words.js';
import { type YamlMap, type YamlValue, yamlEntries } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

type Say = (level: Finding['level'], where: string, message: string) => void;

const RULES: Readonly<Record<string, string>> = {
  interleave_under: 'first_exhausted',
  interleave_over: 'all_exhausted',
  interleave_once: 'all_exhausted_without_replacement',
};
const V1_FIELDS = ['path', 'source', 'split', 'streaming', 'size', 'weight', 'converter'];

export function parseLlamaFactory({ content }: ExportedFile, options: OptionValues): FileReading {
  const findings: Finding[] = [];
  const say: Say = (level, where, message) => findings.push({ level, where, message });
  const { map } = readYamlMap(content, findings, 'number');
  if (!map) return { findings, phases: [], settings: {} };
  const isDataFile = Object.values(map).every((value) => isYamlMap(value) && Object.hasOwn(value, 'path'));
  if (options.text('engine') === 'v1') {
    if (isDataFile) return readDataFile(map, findings, say);
    say('error', 'the file', 'is no data file of the v1 engine: give the option engine v0 for a training file');
    return { findings, phases: [], settings: {} };
  }
  if (!isDataFile) return readTrainingFile(map, findings, say);
  say('error', 'the file', 'is a data file of the v1 engine: give the option engine v1');
  return { findings, phases: [], settings: {} };
}

function readTrainingFile(map: YamlMap, findings: Finding[], say: Say): FileReading {
  const names = splitWords(map.dataset, 'dataset', say);
  if (!names || names.length === 0) {
    if (names) say('error', 'dataset', 'is missing');
    return { findings, phases: [], settings: {} };
  }
  if (names.includes('')) say('error', 'dataset', 'has a comma with no name before or after it');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) say('warning', 'dataset', `"${twice}" stands twice: it is read and drawn as two sources`);
  const streaming = map.streaming === true;
  checkStreaming(map, streaming, say);
  const strategy = map.mix_strategy ?? 'concat';
  if (strategy !== 'concat' && !Object.hasOwn(RULES, String(strategy))) {
    say('error', 'mix_strategy', `is ${yamlKind(strategy)}, and must be concat, ${Object.keys(RULES).join(', ')}`);
  }
  const words = splitWords(map.interleave_probs, 'interleave_probs', say);
  const amounts = words && words.length > 0 ? readProbabilities(words, names, map, strategy, findings, say) : null;
  if (words?.length === 0 && names.length > 1) {
    const how = strategy === 'concat' ? 'are put one after the other, all rows of each' : 'take turns, one row each';
    say('warning', 'interleave_probs', `is missing: the data sets ${how}`);
  }
  const rule = RULES[String(strategy)] ?? 'first_exhausted';
  if (amounts) {
    const endless = streaming ? 'a pass over the mixture never ends' : 'the mixture is built without end';
    checkProbabilities(
      amounts,
      'interleave_probs',
      rule === 'first_exhausted' ? 'one' : 'all',
      {
        level: streaming ? 'warning' : 'error',
        message: `${strategy} waits for every data set to be used up, and one that is never drawn is not, so ${endless}`,
      },
      findings,
    );
  }
  const sources = names.map((key, i): SourceReading => ({ key, amount: amounts?.[i] ?? null }));
  const settings = { stopping_strategy: rule, streaming };
  return { findings, phases: [{ name: null, start: 0, sources }], settings };
}

function checkStreaming(map: YamlMap, streaming: boolean, say: Say): void {
  const { max_steps: steps, val_size: held } = map;
  if (streaming && !(typeof steps === 'number' && steps > 0)) {
    say('note', 'max_steps', 'is not in this file: LLaMA-Factory refuses streaming without it');
  }
  if (streaming && (map.max_samples ?? null) !== null) say('error', 'max_samples', 'is refused beside streaming');
  if (streaming && typeof held === 'number' && held > 1e-6 && held < 1) {
    say('error', 'val_size', `is ${held}, and beside streaming must be a whole number of examples`);
  }
  if (!streaming && (map.max_samples ?? null) !== null) {
    say('warning', 'max_samples', 'cuts every data set to as many rows, so the larger ones begin anew sooner');
  }
}

function readProbabilities(
  words: readonly string[],
  names: readonly string[],
  map: YamlMap,
  strategy: YamlValue,
  findings: Finding[],
  say: Say,
): (number | null)[] | null {
  const where = 'interleave_probs';
  if (strategy === 'concat') say('error', where, 'is refused without a mix_strategy that interleaves');
  if (words.length !== names.length) {
    say('error', where, `has ${words.length} values for ${names.length} data sets`);
    return null;
  }
  const evaluated = splitWords(map.eval_dataset, 'eval_dataset', say);
  if (evaluated && evaluated.length > 0 && evaluated.length !== words.length) {
    say('error', 'eval_dataset', `has ${evaluated.length} data sets for ${words.length} probabilities`);
  }
  return words.map((word) => {
    if (readsAsPythonFloat(word)) return pythonFloat(word);
    findings.push({ level: 'error', where, message: `holds "${word}", which is no number` });
    return null;
  });
}

/** Text between commas, or a list; empty where there is nothing, null for what is neither. */
function splitWords(value: YamlValue | undefined, where: string, say: Say): string[] | null {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value.split(',').map((word) => word.trim());
  if (Array.isArray(value) && value.every((item: YamlValue) => typeof item === 'string' || typeof item === 'number')) {
    return value.map(String);
  }
  say('error', where, `is ${yamlKind(value)}, not a text with commas: put it in quotes`);
  return null;
}

function readDataFile(map: YamlMap, findings: Finding[], say: Say): FileReading {
  const entries = yamlEntries(map) as [string, YamlMap][];
  const weighted = entries.some(([, item]) => (item.weight ?? null) !== null);
  const sized = entries.filter(([, item]) => (item.size ?? null) !== null).map(([name]) => name);
  if (sized.length > 0) {
    const message = `of ${sized.join(', ')} is a number of rows, which tells no share without the rows of the others`;
    say('warning', 'size', message);
  }
  if (!weighted && sized.length === 0) {
    say('warning', 'the file', 'has no weights: v1 takes every row of each data set once');
  }
  const sources = entries.map(([name, item]): SourceReading => {
    const complain: Say = (level, field, message) => say(level, `${name}.${field}`, message);
    for (const field of Object.keys(item)) {
      if (!V1_FIELDS.includes(field)) complain('note', field, 'is a key that v1 does not read');
    }
    const { path, weight, streaming } = item;
    if (typeof path !== 'string' || path === '') complain('error', 'path', `is ${yamlKind(path)}, not a text`);
    if (streaming === true)
      complain('error', 'streaming', 'is true: v1 cannot index streamed data, and weights index it');
    const key = typeof path === 'string' ? path : name;
    if ((item.size ?? null) !== null) return { key, amount: null };
    if ((weight ?? null) === null) return { key, amount: weighted ? 1 : null };
    if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0) {
      complain('error', 'weight', `is ${yamlKind(weight)}, not a number above 0`);
      return { key, amount: null };
    }
    if (weight === 0) {
      complain('error', 'weight', 'is 0, which v1 takes for no weight: every row is used. Leave the data set out');
      return { key, amount: 1 };
    }
    return { key, amount: weight };
  });
  return { findings, phases: [{ name: null, start: 0, sources }], settings: {} };
}
