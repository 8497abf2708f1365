// What RegMix's fork of TinyLlama makes of its YAML (sail-sg/regmix, model_training/pretrain/tinyllama.py 0529f0d, and
// 1209865 for other patterns; lit_gpt/packed_dataset.py 1678465): yaml.safe_load; train and valid are maps of prefix and
// float(weight), both of them deleted after use, so both must be there; every other key that is a variable of the script
// replaces it, and the rest is ignored. The weights are divided by their sum.
import type { ExportedFile } from '../../format.js';
import { isGlobPattern, prefixPairs } from '../../reading/file-prefixes.js';
import { pythonFloat } from '../../reading/python-words.js';
import { type YamlMap, type YamlValue, yamlEntries } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

/** Variables of the script that a mixture is likely to set beside those that matter here. */
const VARIABLES = new Set(
  (
    'model_name name reset_embedding group_level_sampling only_save_model total_devices num_of_devices num_of_nodes ' +
    'global_batch_size learning_rate min_lr decay_lr micro_batch_size max_step warmup_steps log_step_interval eval_iters ' +
    'save_step_interval eval_step_interval weight_decay beta1 beta2 grad_clip batch_size gradient_accumulation_steps ' +
    'warmup_iters max_iters lr_decay_iters log_iter_interval data_seed'
  ).split(' '),
);
/** What batch_size, max_iters and their like are computed from: anew only when global_batch_size is in the file. */
const COMPUTED_FROM = ['total_devices', 'micro_batch_size', 'max_step', 'warmup_steps', 'log_step_interval'];
const SETTINGS = ['model_name', 'data_seed', 'total_devices', 'micro_batch_size', 'group_level_sampling'];

export function parseRegMix({ content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const { map, keysNotText } = readYamlMap(content, findings);
  if (map === null) return { findings, phases: [], settings: {} };
  for (const { where, text } of keysNotText) {
    say('error', where, `the key ${text} is no text to YAML, so the loader looks for other files: it needs quotes`);
  }
  const sources = readPrefixes(map, 'train', findings);
  const valid = readPrefixes(map, 'valid', findings).map(({ key }) => key);
  const others = yamlEntries(map).filter(([key]) => key !== 'train' && key !== 'valid');
  for (const [key] of others)
    if (!VARIABLES.has(key)) say('note', key, 'is no variable of the script that is known here');
  if (!Object.hasOwn(map, 'global_batch_size')) {
    for (const key of COMPUTED_FROM.filter((key) => Object.hasOwn(map, key))) {
      say('warning', key, 'has no effect on the numbers computed from it unless global_batch_size is in the file too');
    }
  }
  const kept = others.filter(([key]) => SETTINGS.includes(key));
  return {
    findings,
    phases: sources.length > 0 ? [{ name: null, start: 0, sources }] : [],
    splits: { valid: valid.length > 0 ? valid : null, test: null },
    settings: Object.fromEntries(kept.map(([key, value]) => [key, isSetting(value) ? value : yamlKind(value)])),
  };
}

function readPrefixes(map: YamlMap, name: 'train' | 'valid', findings: Finding[]): SourceReading[] {
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  if (!Object.hasOwn(map, name)) {
    say('error', name, 'is missing: the loader deletes the key after reading it, and ends where it is not there');
    return [];
  }
  const value = map[name]!;
  if (!isYamlMap(value)) {
    say('error', name, `is ${yamlKind(value)}, not a map of prefixes and weights; {} is an empty one`);
    return [];
  }
  const sources = yamlEntries(value).map(([key, weight]): SourceReading => {
    const where = `${name}.${key}`;
    if (isGlobPattern(key)) say('note', where, 'glob takes the prefix for a pattern');
    const amount = floatOf(weight);
    if (Number.isFinite(amount) && amount >= 0) return { key, amount };
    say('error', where, `is ${yamlKind(weight)}, not a number from 0 on`);
    return { key, amount: null };
  });
  if (name === 'valid') return sources;
  if (sources.length === 0) say('error', name, 'has no source');
  for (const [shorter, longer] of prefixPairs(sources.map(({ key }) => key))) {
    const next = longer[shorter.length]!;
    const nested = `"${shorter}" is the beginning of "${longer}"`;
    // The prepared files are {prefix}_{number}, whichever pattern a version looks for.
    if (next === '-' || next === '_') say('error', name, `${nested}: ${shorter}${next}* finds the files of both`);
    else say('note', name, `${nested}: a version of the loader that looks for ${shorter}* reads the files of both`);
  }
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (sources.every(({ amount }) => amount === 0) && sources.length > 0) say('error', name, 'has no weight above 0');
  else if (sum > 0 && Math.abs(sum - 1) > 1e-9)
    say('note', name, `the weights sum to ${sum}; the loader divides by that`);
  return sources;
}

/** float(value): a text such as 1e-7, which YAML does not take for a number, is one here. */
function floatOf(value: YamlValue): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? pythonFloat(value.trim()) : Number.NaN;
}

function isSetting(value: YamlValue): value is string | number | boolean | null {
  return typeof value !== 'object' || value === null;
}
