// What Open-Instruct makes of --dataset_mixer_list (allenai/open-instruct open_instruct/dataset_transformation.py
// load_dataset_configs, DatasetConfig.select_samples; utils.py ArgumentParserPlus): an amount with a point is a part of
// the rows, one without is their number.
import type { ExportedFile } from '../../format.js';
import { pythonFloat, readsAsPythonFloat } from '../../reading/python-words.js';
import type { YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { readShellArguments } from '../../reading/shell-arguments.js';
import { readYamlMap, yamlKind } from '../../reading/yaml-map.js';

type Say = (level: Finding['level'], where: string, message: string) => void;
const LIST = 'dataset_mixer_list';
const SPLITS = 'dataset_mixer_list_splits';

export function parseOpenInstruct({ path, content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const say: Say = (level, where, message) => findings.push({ level, where, message });
  const isYaml = /\.ya?ml$/i.test(path) || (!/--dataset_mixer_list\b/.test(content) && content.includes(`${LIST}:`));
  const given = isYaml ? fromYaml(content, findings, say) : fromArguments(content, say);
  if (!given) return { findings, phases: [], settings: {} };
  const { list, splits } = given;
  const filled = list.find((word) => /[$`]/.test(word));
  if (filled !== undefined) {
    say('error', LIST, `holds ${filled}, which a shell fills in: nothing is known of it here`);
    return { findings, phases: [], settings: {} };
  }
  if (list.length === 0 || list.length % 2 !== 0) {
    say('error', LIST, list.length === 0 ? 'is empty' : `has ${list.length} words, not data set and amount in turn`);
    return { findings, phases: [], settings: {} };
  }
  if (splits.length > 1 && splits.length !== list.length) {
    say('error', SPLITS, `has ${splits.length} words: it must have one, or ${list.length}, two for each data set`);
  }
  const sources: SourceReading[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const [key, word] = [list[i]!, list[i + 1]!];
    if (readsAsPythonFloat(key)) say('warning', LIST, `"${key}" stands where a data set belongs and reads as a number`);
    if (sources.some((source) => source.key === key)) say('warning', LIST, `"${key}" stands twice: both count`);
    if (/\.(?:jsonl|parquet)$/.test(key) && (splits[splits.length === 1 ? 0 : i] ?? 'train') !== 'train') {
      say('error', SPLITS, `must be train for ${key}, if that is a file`);
    }
    sources.push({ key, amount: readAmount(word, key, say) });
  }
  return { findings, phases: [{ name: null, start: 0, sources }], settings: {} };
}

/** Passes over the rows; null where they cannot be told from the word. */
function readAmount(word: string, key: string, say: Say): number | null {
  if (!word.includes('.')) {
    if (!/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(word)) {
      say('error', LIST, `"${word}" of ${key} is no whole number, and without a point it must be one`);
      return null;
    }
    const rows = Number(word.replaceAll('_', ''));
    if (rows === 1) say('error', LIST, `"${word}" of ${key} is one row, not all of them: write 1.0`);
    else if (rows < 1) say('error', LIST, `"${word}" of ${key} leaves no row, and Open-Instruct refuses that`);
    else say('warning', LIST, `"${word}" of ${key} is a number of rows, which tells no share without its size`);
    return null;
  }
  const amount = pythonFloat(word.trim());
  if (!(amount > 0) || !Number.isFinite(amount)) {
    say('error', LIST, `"${word}" of ${key} must be a number above 0, with a point`);
    return null;
  }
  return amount;
}

function fromYaml(content: string, findings: Finding[], say: Say): { list: string[]; splits: string[] } | null {
  const { map } = readYamlMap(content, findings);
  if (!map) return null;
  if (map[LIST] === undefined) {
    const old = map.dataset_mixer === undefined ? '' : '; dataset_mixer, a map, is the older way and is not read here';
    say('error', LIST, `is missing${old}`);
    return null;
  }
  const list = textsOf(map[LIST], LIST, say);
  const splits = textsOf(map[SPLITS] ?? ['train'], SPLITS, say);
  return list && splits && { list, splits };
}

function textsOf(value: YamlValue | undefined, where: string, say: Say): string[] | null {
  if (!Array.isArray(value)) {
    say('error', where, `is ${yamlKind(value)}, not a list`);
    return null;
  }
  const odd = value.find((item: YamlValue) => typeof item !== 'string');
  if (odd === undefined) return value as string[];
  say(
    'error',
    where,
    `holds ${yamlKind(odd)}, which is no text in YAML, and Open-Instruct fails on that: put it in quotes`,
  );
  return null;
}

function fromArguments(content: string, say: Say): { list: string[]; splits: string[] } | null {
  const values = readShellArguments(content);
  const list = values.get(LIST);
  if (list) return { list: [...list], splits: [...(values.get(SPLITS) ?? ['train'])] };
  say('error', LIST, 'is missing');
  return null;
}
