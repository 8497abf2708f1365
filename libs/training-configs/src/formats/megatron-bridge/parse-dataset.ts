// What Megatron-Bridge makes of the dataset section of a YAML override (NVIDIA-NeMo/Megatron-Bridge,
// src/megatron/bridge/training/config.py GPTDatasetConfig.finalize, 003e863; docs/recipe-usage.md, 0218dda): OmegaConf
// merges it into a recipe, data_path becomes the blend if no blend is set, and Megatron-Core checks the rest
// (megatron/core/datasets/blended_megatron_dataset_config.py, 00caa53).
import { readBlend, readingOfSplits } from '../../reading/megatron-blend.js';
import { pythonWords } from '../../reading/python-words.js';
import type { YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

const TRAINER = 'Megatron-Bridge';

export function parseDataset(content: string): FileReading {
  const findings: Finding[] = [];
  const { map } = readYamlMap(content, findings, 'number');
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  if (map === null) return nothing;
  const { dataset } = map;
  if (!isYamlMap(dataset)) {
    say('error', 'dataset', `is ${yamlKind(dataset)}, not the map from which a recipe takes its data`);
    return nothing;
  }
  if (content.includes('${'))
    say('note', 'dataset', 'holds an interpolation, which OmegaConf fills in; it is shown as it stands');
  const path = dataset.data_path ?? null;
  const blend = dataset.blend ?? null;
  const perSplit = dataset.blend_per_split ?? null;
  const split = dataset.split ?? null;
  if (blend !== null && path !== null) {
    say('error', 'dataset.data_path', `is not read: ${TRAINER} takes it only where dataset.blend is not set`);
  }
  if (perSplit !== null) {
    if (blend !== null || path !== null || split !== null) {
      say('error', 'dataset.blend_per_split', 'excludes blend, data_path and split: set those three to null');
    }
    if (!Array.isArray(perSplit) || perSplit.length !== 3) {
      say('error', 'dataset.blend_per_split', 'is no list of three: training, validation, test');
      return nothing;
    }
    const splits = ['train', 'valid', 'test'].map((name, i) =>
      readPair(
        perSplit[i] ?? null,
        `dataset.blend_per_split, ${name}`,
        name === 'train' ? 'wanted' : 'optional',
        findings,
      ),
    );
    if (!splits[0]) say('error', 'dataset.blend_per_split', 'gives no training data');
    return readingOfSplits(findings, splits);
  }
  if (blend === null && path === null) {
    say('error', 'dataset', `has neither data_path nor blend: ${TRAINER} would train on mock data`);
    return nothing;
  }
  if (split === null) {
    const message = 'is left to the recipe; one that was made for mock data has 1,1,1 and trains on a third of yours';
    say('note', 'dataset.split', message);
  }
  const sources =
    blend === null ? readPath(path, findings) : (readPair(blend, 'dataset.blend', 'wanted', findings) ?? []);
  return { findings, phases: [{ name: null, start: 0, sources }], settings: {} };
}

/** A text of words, or a list. */
function readPath(path: YamlValue, findings: Finding[]): readonly SourceReading[] {
  const where = 'dataset.data_path';
  const place = { where, trainer: TRAINER, weights: 'wanted' } as const;
  if (typeof path === 'string') return readBlend(pythonWords(path), place, findings);
  if (Array.isArray(path)) return readBlend(path, place, findings);
  findings.push({ level: 'error', where, message: `is ${yamlKind(path)}, neither a text nor a list` });
  return [];
}

/** A pair of prefixes and weights, as Megatron-Core holds a blend; null for a split without data. */
function readPair(
  pair: YamlValue,
  where: string,
  weighted: 'wanted' | 'optional',
  findings: Finding[],
): readonly SourceReading[] | null {
  const fail = (message: string) => {
    findings.push({ level: 'error', where, message });
    return [];
  };
  if (pair === null) return null;
  if (!Array.isArray(pair) || pair.length !== 2 || !Array.isArray(pair[0]))
    return fail('is no pair of prefixes and weights');
  const [prefixes, weights = null] = pair as [readonly YamlValue[], YamlValue];
  const place = { where, trainer: TRAINER, weights: weighted };
  if (weights === null) return readBlend(prefixes, place, findings);
  if (!Array.isArray(weights) || weights.length !== prefixes.length) return fail('has not one weight for each prefix');
  const text = weights.find((weight) => typeof weight !== 'number');
  if (text !== undefined) return fail(`has the weight ${JSON.stringify(text)}, which is no number`);
  return readBlend(
    prefixes.flatMap((prefix, i) => [weights[i]!, prefix]),
    place,
    findings,
  );
}
