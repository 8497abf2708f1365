// What Megatron-Energon reads from a metadataset or recipe: splits.train.blend or splits.train.blend_epochized.
// NVIDIA/Megatron-Energon src/megatron/energon/metadataset/metadataset_v2.py 00686fb and recipe/recipe.py e39c07a (the
// fields), typed_converter.py 0385448 (strict keys and types, yaml.safe_load), wrappers/blend_dataset.py 1257ce1 (weights
// above 0), wrappers/repeat_dataset.py 0520222 (repetitions, whole or not), weights.py 00686fb (schedules).
import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import type { YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, PhaseReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';
import { type EnergonWeight, readEnergonWeight } from './parse-weight.js';

const CLASSES = ['MetadatasetV2', 'Recipe'];
const MODES = ['blend', 'blend_epochized'] as const;
const BLEND_FIELDS = ['subset', 'blend_weight_unit', 'tags', 'subflavors', 'shuffle_over_epochs_multiplier'];
const ENTRY_FIELDS = [
  'path',
  'split_part',
  'subflavors',
  'tags',
  'shuffle_over_epochs_multiplier',
  'dataset_config',
  'split_config',
  'aux',
  'subset',
  'join',
  'joiner',
];

interface Entry {
  readonly key: string;
  readonly weight: EnergonWeight;
}

export function parseEnergon({ content }: ExportedFile, options: OptionValues): FileReading {
  const findings: Finding[] = [];
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const { map } = readYamlMap(content, findings);
  if (!map) return nothing;
  const { __module__: module, __class__: name, splits } = map;
  if (typeof module !== 'string' || typeof name !== 'string') {
    say(
      'error',
      '__class__',
      'is missing: without __module__: megatron.energon and __class__: MetadatasetV2 Energon reads the first version of ' +
        'metadatasets, or refuses the file',
    );
  } else if (!CLASSES.includes(name)) {
    say('error', '__class__', `is ${name}, which this check does not know: it knows ${CLASSES.join(' and ')}`);
    return nothing;
  }
  const train = isYamlMap(splits) ? splits.train : undefined;
  if (!isYamlMap(train)) {
    say('error', 'splits.train', `is ${yamlKind(train)}: there is nothing to train on`);
    return nothing;
  }
  const modes = MODES.filter((mode) => train[mode] !== undefined);
  const [mode] = modes;
  if (mode === undefined || modes.length > 1) {
    if (mode === undefined && typeof train.path === 'string') {
      say('note', 'splits.train', 'is one data set without weights');
      return { findings, phases: [phase(0, [{ key: train.path, amount: null }])], settings: {} };
    }
    say('error', 'splits.train', 'has to have one of blend, blend_epochized and path');
    return nothing;
  }
  for (const field of Object.keys(train)) {
    if (field !== mode && !BLEND_FIELDS.includes(field))
      say('error', `splits.train.${field}`, 'is no field of a blend');
  }
  const unit = train.blend_weight_unit;
  if (typeof unit === 'string' && unit !== 'samples') {
    say('note', 'splits.train.blend_weight_unit', `is ${unit}: give samples=sequences if these are tokens`);
  }
  const list = train[mode];
  if (!Array.isArray(list) || list.length === 0) {
    say('error', `splits.train.${mode}`, 'is no list of at least one data set');
    return nothing;
  }
  const entries = list.map((item: YamlValue, i) => readEntry(item, mode, `${mode}[${i}]`, findings));
  const asked = options.text('mode');
  const readable = asked === mode;
  if (!readable) {
    const is = mode === 'blend' ? 'weights of a blend' : 'repetitions';
    say('warning', `splits.train.${mode}`, `gives ${is}: read them with the option mode=${mode}`);
  }
  const starts = [...new Set([0, ...entries.flatMap(({ weight }) => weight.points.map(([at]) => at))])];
  const phases = starts
    .sort((a, b) => a - b)
    .map((start) =>
      phase(
        start,
        entries.map(({ key, weight }) => ({ key, amount: readable ? weight.at(start) : null })),
      ),
    );
  if (phases.length > 1) say('note', `splits.train.${mode}`, 'has weights that change with the batches of a rank');
  if (phases.some(({ sources }) => readable && sources.every(({ amount }) => amount === 0))) {
    say('error', `splits.train.${mode}`, 'has weights that are all 0');
  }
  return { findings, phases, settings: {} };
}

function readEntry(item: YamlValue, mode: 'blend' | 'blend_epochized', where: string, findings: Finding[]): Entry {
  const fail = (at: string, message: string) => findings.push({ level: 'error', where: at, message });
  const field = mode === 'blend' ? 'weight' : 'repetitions';
  if (!isYamlMap(item)) {
    fail(where, `is no map with ${field} and path`);
    return { key: where, weight: { points: [], at: () => null } };
  }
  for (const name of Object.keys(item)) {
    if (name !== field && !ENTRY_FIELDS.includes(name))
      fail(`${where}.${name}`, 'is no field of a data set in a blend');
  }
  const weight = readEnergonWeight(item[field], mode, `${where}.${field}`, findings);
  if (typeof item.path === 'string') return { key: item.path, weight };
  if (item.path === undefined && item.join !== undefined) return { key: `join ${JSON.stringify(item.join)}`, weight };
  fail(`${where}.path`, `is ${JSON.stringify(item.path ?? null)}, not text`);
  return { key: where, weight };
}

function phase(start: number, sources: PhaseReading['sources']): PhaseReading {
  return { name: null, start, sources };
}
