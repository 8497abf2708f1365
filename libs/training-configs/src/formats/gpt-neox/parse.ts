// What GPT-NeoX makes of one configuration file (EleutherAI/gpt-neox, megatron/neox_arguments/arguments.py from_ymls and
// validate_values, 9c645dd; megatron/data/data_utils.py; megatron/data/blendable_dataset.py, 4da4d29): PyYAML's FullLoader
// reads it, hyphens of keys become underscores, and several files of a launch are merged, which cannot be seen here.
import type { ExportedFile } from '../../format.js';
import { readingOfSplits } from '../../reading/megatron-blend.js';
import { type YamlValue, yamlEntries } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { readYamlMap, yamlKind } from '../../reading/yaml-map.js';

/** The blending index is an unsigned 8-bit number, and the loader wants fewer than 255. */
const MOST_DATASETS = 254;
const SPLITS = ['train', 'valid', 'test'] as const;

export function parseGptNeox({ content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const { map, keysNotText } = readYamlMap(content, findings);
  const nothing: FileReading = { findings, phases: [], settings: {} };
  if (map === null) return nothing;
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  for (const { where, text } of keysNotText) {
    if (Object.hasOwn(map, text)) say('error', where, `the key ${text} is no text to PyYAML: GPT-NeoX stops there`);
  }
  const given = new Map<string, YamlValue>();
  for (const [key, argument] of yamlEntries(map)) {
    const name = key.replaceAll('-', '_');
    if (given.has(name)) say('error', name, 'stands twice, with a hyphen and an underscore: the last one counts');
    given.set(name, argument);
  }
  const argument = (name: string): YamlValue => given.get(name) ?? null;
  if (argument('data_path') !== null)
    say('error', 'data_path', 'excludes the lists of paths: GPT-NeoX refuses both together');
  if (argument('weight_by_num_documents') === true) {
    say('error', 'weight_by_num_documents', 'replaces the weights by ones made from the numbers of documents');
  }
  if (argument('train_epochs') !== null) {
    say('error', 'train_epochs', 'takes no weights other than 1.0: train by train_iters');
  }
  const packing = argument('pack_impl');
  if (packing !== null && packing !== 'packed') {
    say('warning', 'pack_impl', `is ${packing}: a weight then counts whole documents, not sequences of one length`);
  }
  const splits = SPLITS.map((split) =>
    readSplit(split, argument(`${split}_data_paths`), argument(`${split}_data_weights`), findings),
  );
  return readingOfSplits(findings, splits);
}

function readSplit(
  split: (typeof SPLITS)[number],
  paths: YamlValue,
  weights: YamlValue,
  findings: Finding[],
): readonly SourceReading[] | null {
  const where = `${split}_data_paths`;
  const fail = (message: string, place = where) => {
    findings.push({ level: 'error', where: place, message });
    return null;
  };
  if (paths === null) return fail('is missing: GPT-NeoX wants paths for train, valid and test, in one of its files');
  if (!Array.isArray(paths)) return fail(`is ${yamlKind(paths)}, no list`);
  if (paths.length === 0) return fail('is empty');
  const keys = (paths as readonly YamlValue[]).map((path, i) => {
    if (typeof path !== 'string' || path === '') fail(`${JSON.stringify(path)} is no path`, `${where}[${i}]`);
    return String(path);
  });
  keys.forEach((key, i) => {
    if (/\.(?:bin|idx)$/.test(key)) fail(`${key} must be given without .bin or .idx`, `${where}[${i}]`);
    if (keys.indexOf(key) !== i && split === 'train') {
      const message = `${key} stands twice: it is loaded and drawn as two datasets`;
      findings.push({ level: 'warning', where: `${where}[${i}]`, message });
    }
  });
  if (keys.length > MOST_DATASETS) fail(`has ${keys.length} datasets; GPT-NeoX takes at most ${MOST_DATASETS}`);
  const amounts = readWeights(`${split}_data_weights`, weights, keys.length, findings);
  return keys.map((key, i) => ({ key, amount: amounts?.[i] ?? null }));
}

function readWeights(
  where: string,
  weights: YamlValue,
  wanted: number,
  findings: Finding[],
): readonly (number | null)[] | null {
  const say = (level: Finding['level'], place: string, message: string) =>
    findings.push({ level, where: place, message });
  if (weights === null) {
    if (where.startsWith('train')) say('warning', where, 'is missing: every dataset gets the same weight');
    return new Array<number>(wanted).fill(1);
  }
  if (!Array.isArray(weights)) {
    say('error', where, `is ${yamlKind(weights)}, no list`);
    return null;
  }
  if (weights.length !== wanted) say('error', where, `has ${weights.length} weights for ${wanted} paths`);
  const amounts = (weights as readonly YamlValue[]).map((weight, i) => {
    const place = `${where}[${i}]`;
    if (typeof weight !== 'number') {
      const exponent = typeof weight === 'string' && /^[-+]?[\d.]+e[-+]?\d+$/i.test(weight);
      const hint = exponent ? `: PyYAML takes ${weight} for a text, it needs a point and a sign (1.0e-7)` : '';
      say('error', place, `${JSON.stringify(weight)} is no number${hint}`);
      return null;
    }
    if (!(weight >= 0) || !Number.isFinite(weight)) say('error', place, `${weight} must be a number above 0`);
    else if (weight === 0) say('warning', place, 'is 0: the dataset is opened all the same, and may be drawn once');
    return Number.isFinite(weight) ? weight : null;
  });
  const sum = amounts.reduce<number>((total, amount) => total + (amount ?? 0), 0);
  if (!(sum > 0)) say('error', where, `sums to ${sum}; GPT-NeoX divides by that`);
  else if (where.startsWith('train') && Math.abs(sum - 1) > 1e-9) {
    say('note', where, `sums to ${sum}; GPT-NeoX divides by that`);
  }
  return amounts;
}
