// What interleave_datasets makes of a mixture (huggingface/datasets 5.0.1, src/datasets/combine.py, arrow_dataset.py
// _interleave_map_style_datasets): from mixture.json as load_mixture.py passes it, or from a script that says it itself.

import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import { hubKey } from '../../reading/hub-dataset.js';
import { readJsonObject } from '../../reading/json-object.js';
import { checkProbabilities } from '../../reading/probabilities.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { readInterleaveScript } from './parse-script.js';

const RULES = ['first_exhausted', 'all_exhausted', 'all_exhausted_without_replacement'];
/** Arguments of load_dataset that say which data is meant, or how it is fetched. */
const FIELDS = ['path', 'name', 'data_dir', 'data_files', 'split', 'revision', 'cache_dir', 'token', 'num_proc'];
const READ = ['datasets', 'probabilities', 'seed', 'stopping_strategy', 'streaming', 'columns'];

export function parseHfInterleave({ path, content }: ExportedFile, options: OptionValues): FileReading {
  const split = options.text('split') ?? 'train';
  const findings: Finding[] = [];
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  let fields: Record<string, unknown>;
  if (path.endsWith('.py')) {
    const script = readInterleaveScript(content, findings);
    if (!script) return { findings, phases: [], settings: {} };
    fields = { ...script };
  } else {
    const { entries, problem, duplicates } = readJsonObject(content);
    if (!entries) {
      say('error', 'the file', problem!);
      return { findings, phases: [], settings: {} };
    }
    for (const key of duplicates) say('error', key, 'stands twice in one object; Python keeps the last');
    for (const [key] of entries)
      if (!READ.includes(key)) say('note', key, 'is a key that load_mixture.py does not read');
    fields = Object.fromEntries(entries);
    for (const key of fields.datasets === undefined ? [] : READ) {
      if (!Object.hasOwn(fields, key) && key !== 'probabilities')
        say('note', key, 'is missing: load_mixture.py wants it');
    }
  }
  const streaming = fields.streaming === true;
  const rule = fields.stopping_strategy ?? 'first_exhausted';
  if (!RULES.includes(rule as string)) {
    say('error', 'stopping_strategy', `is ${JSON.stringify(rule)}, and must be one of ${RULES.join(', ')}`);
  }
  const { datasets: list } = fields;
  if (!Array.isArray(list) || list.length === 0) {
    const shape = '{"datasets": [{"path": "org/web", "split": "train"}, …], "probabilities": [0.7, …], "seed": 42}';
    const what = list === undefined ? 'is missing' : 'is no list of data sets, or an empty one';
    say('error', 'datasets', `${what}: expected ${shape}, or a .py file that calls interleave_datasets`);
    return { findings, phases: [], settings: {} };
  }
  // A script may name a data set that it does not load itself.
  const isNamed = (item: unknown) => path.endsWith('.py') && typeof item === 'string';
  const keys = list.map((item: unknown, i) =>
    isNamed(item) ? (item as string) : readDataset(item, `datasets[${i}]`, split, findings),
  );
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) say('warning', 'datasets', `"${twice}" stands twice: it is read and drawn as two sources`);
  const amounts = readProbabilities(fields.probabilities, keys.length, findings);
  if (amounts) {
    checkProbabilities(
      amounts,
      'probabilities',
      rule === 'first_exhausted' ? 'one' : 'all',
      {
        level: streaming ? 'warning' : 'error',
        message: `${rule} waits for every source to be used up, and one that is never drawn is not, so ${
          streaming ? 'a pass over the mixture never ends' : 'the mixture is built without end'
        }`,
      },
      findings,
    );
    const { seed } = fields;
    if (seed === undefined || seed === null) {
      say('warning', 'seed', 'is not given: every process draws an order of its own');
    } else if (typeof seed !== 'number' || !Number.isInteger(seed) || seed < 0) {
      say('error', 'seed', `is ${JSON.stringify(seed)}, and must be a whole number from 0 on`);
    }
  }
  const sources = keys.map((key, i): SourceReading => ({ key, amount: amounts?.[i] ?? null }));
  const settings = { stopping_strategy: String(rule), streaming, seed: (fields.seed as number) ?? null };
  return { findings, phases: [{ name: null, start: 0, sources }], settings };
}

function readDataset(item: unknown, where: string, defaultSplit: string, findings: Finding[]): string {
  const fail = (field: string, message: string) =>
    findings.push({ level: 'error', where: field === '' ? where : `${where}.${field}`, message });
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    fail('', `is ${JSON.stringify(item)}, not an object with the arguments of load_dataset`);
    return where;
  }
  const fields = item as Record<string, unknown>;
  if (typeof fields.path !== 'string' || fields.path === '')
    fail('path', `is ${JSON.stringify(fields.path)}, not a text`);
  for (const [field, value] of Object.entries(fields)) {
    if (!FIELDS.includes(field)) fail(field, 'is no argument of load_dataset that chooses data');
    else if ((field === 'name' || field === 'split') && typeof value !== 'string' && value !== null) {
      fail(field, `is ${JSON.stringify(value)}, not a text`);
    }
  }
  const { split } = fields;
  if (split === undefined || split === null) {
    fail('split', 'is missing: load_dataset then gives all splits, and interleave_datasets refuses that');
  }
  return hubKey(fields, defaultSplit);
}

/** Null where the file gives no probabilities. */
function readProbabilities(value: unknown, count: number, findings: Finding[]): (number | null)[] | null {
  const where = 'probabilities';
  if (value === undefined || value === null) {
    const message = 'is not given: interleave_datasets takes one example of each source in turn';
    findings.push({ level: 'warning', where, message });
    return null;
  }
  const fail = (message: string) => findings.push({ level: 'error', where, message });
  if (!Array.isArray(value)) {
    fail(`is ${JSON.stringify(value)}, not a list of numbers`);
    return null;
  }
  if (value.length !== count) {
    fail(`has ${value.length} values for ${count} data sets`);
    return null;
  }
  return value.map((item: unknown, i) => {
    if (typeof item === 'number') return item;
    fail(`has ${JSON.stringify(item)} at place ${i + 1}, which is no number`);
    return null;
  });
}
