// What Lingua reads from its training YAML: data.sources, a map from sub-directory to weight.
// facebookresearch/lingua lingua/data.py 414aeee (DataArgs, init_choice_state, choose_source), apps/main/train.py 613018a
// (validate_train_args, main: OmegaConf merges the file into the typed defaults).
import type { ExportedFile } from '../../format.js';
import { pythonFloat } from '../../reading/python-words.js';
import { type YamlValue, yamlEntries } from '../../reading/python-yaml.js';
import type { FileReading, Finding } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

/** The fields of DataArgs; OmegaConf refuses any other. */
const FIELDS = [
  'root_dir',
  'sources',
  'batch_size',
  'seq_len',
  'n_views',
  'seed',
  'add_bos',
  'add_eos',
  'load_async',
  'prefetch_size',
  'tokenizer',
];

export function parseLingua({ content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const { map, keysNotText } = readYamlMap(content, findings, 'number');
  if (!map) return nothing;
  const { data } = map;
  if (!isYamlMap(data)) {
    fail('data', `is ${yamlKind(data)}; Lingua reads the sources there`);
    return nothing;
  }
  for (const name of Object.keys(data)) {
    if (!FIELDS.includes(name)) fail(`data.${name}`, `is no field of data; it has ${FIELDS.join(', ')}`);
  }
  const { sources, root_dir: root } = data;
  if (!isYamlMap(sources)) {
    fail('data.sources', `is ${yamlKind(sources)}, not a map from sub-directory to weight`);
    return nothing;
  }
  if (root === undefined || root === null) {
    findings.push({
      level: 'note',
      where: 'data.root_dir',
      message: 'is not in this file; Lingua cannot start without it',
    });
  } else if (typeof root !== 'string') fail('data.root_dir', `is ${JSON.stringify(root)}, not a folder`);
  const read = yamlEntries(sources).map(([key, weight]) => {
    const where = `data.sources.${key}`;
    if (keysNotText.some(({ text }) => text === key)) {
      fail(
        where,
        `is the name ${key} without quotes, which YAML reads as a number or a truth value, and OmegaConf refuses`,
      );
    }
    checkDirectory(key, where, findings);
    return { key, amount: readWeight(weight, where, findings) };
  });
  const known = read.every(({ amount }) => amount !== null);
  const sum = read.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (read.length === 0) fail('data.sources', 'is empty');
  else if (known && !(sum > 0)) fail('data.sources', 'has weights that sum to 0');
  else if (known && Math.abs(sum - 1) > 1e-9) {
    findings.push({
      level: 'note',
      where: 'data.sources',
      message: `the weights sum to ${sum}; Lingua divides by that`,
    });
  }
  return { findings, phases: [{ name: null, start: 0, sources: read }], settings: {} };
}

function checkDirectory(key: string, where: string, findings: Finding[]): void {
  if (key.startsWith('/')) {
    findings.push({ level: 'warning', where, message: 'is absolute, so root_dir does not count for it' });
  } else if (key.split('/').includes('..')) {
    findings.push({ level: 'warning', where, message: 'leaves root_dir with ".."' });
  }
}

/** A float to OmegaConf: numbers, and text that float() takes. */
function readWeight(weight: YamlValue, where: string, findings: Finding[]): number | null {
  let value = Number.NaN;
  if (typeof weight === 'number') value = weight;
  else if (typeof weight === 'string') {
    if (weight.includes(`\${`)) {
      findings.push({ level: 'note', where, message: `is ${weight}, which OmegaConf fills in` });
      return null;
    }
    value = pythonFloat(weight);
    if (!Number.isNaN(value)) {
      findings.push({ level: 'note', where, message: `is the text "${weight}", which OmegaConf reads as a number` });
    }
  }
  if (value === 0) findings.push({ level: 'note', where, message: 'is 0: the source is opened and never drawn' });
  if (value >= 0 && Number.isFinite(value)) return value;
  const message = `is ${JSON.stringify(weight)}, not a finite number of at least 0`;
  findings.push({ level: 'error', where, message });
  return null;
}
