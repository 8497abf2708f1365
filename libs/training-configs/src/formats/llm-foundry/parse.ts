// What LLM Foundry reads from its training YAML: train_loader.dataset.streams is a map whose values become
// `Stream(**value)`, and callbacks.curriculum_learning swaps the data set after each duration.
// mosaicml/llm-foundry llmfoundry/data/text_data.py (build_streams), llmfoundry/callbacks/curriculum_learning_callback.py
// (release of 2025; earlier ones take `train_loader` where it takes `dataset`), mosaicml/composer composer/core/time.py
// (Time.from_timestring), mosaicml/streaming as in reading/mosaic-streams.ts. The YAML is loaded by OmegaConf.
import type { OptionValues } from '../../export/options.js';
import type { ExportedFile } from '../../format.js';
import {
  readStreamSettings,
  readStreams,
  type StreamArguments,
  type StreamSettings,
  UnreadValue,
} from '../../reading/mosaic-streams.js';
import { type YamlMap, type YamlValue, yamlEntries } from '../../reading/python-yaml.js';
import type { FileReading, Finding, PhaseReading, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

export function parseLlmFoundry({ content }: ExportedFile, options: OptionValues): FileReading {
  const findings: Finding[] = [];
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const { map } = readYamlMap(content, findings, 'number');
  if (!map) return nothing;
  // Files for MosaicML's platform hold the training YAML under `parameters`.
  const root = map.train_loader === undefined && isYamlMap(map.parameters) ? map.parameters : map;
  const loader = root.train_loader;
  const dataset = isYamlMap(loader) ? loader.dataset : undefined;
  if (!isYamlMap(dataset)) {
    fail('train_loader.dataset', `is ${yamlKind(dataset)}; LLM Foundry reads the streams there`);
    return nothing;
  }
  const weights = options.text('weights') === 'repeat' ? 'repeat' : 'proportion';
  const first = readDataset(dataset, {}, 'train_loader.dataset', weights, findings);
  if (first === null) return nothing;
  const phases: PhaseReading[] = [{ name: null, start: 0, sources: first.sources }];
  const sizes = new Set([first.settings.epoch_size]);
  const callbacks = root.callbacks;
  const curriculum = isYamlMap(callbacks) ? callbacks.curriculum_learning : undefined;
  for (const name of isYamlMap(callbacks) ? Object.keys(callbacks) : []) {
    if (name === 'curriculum_learning' || !/^curriculum.?learning$/i.test(name)) continue;
    fail(`callbacks.${name}`, 'is no callback of LLM Foundry: the one with a schedule is curriculum_learning');
  }
  if (isYamlMap(curriculum)) {
    const schedule = readSchedule(curriculum, root.max_duration, findings);
    for (const { item, where, start } of schedule) {
      const later = readDataset(item, dataset, `${where}.dataset`, weights, findings);
      if (later === null) continue;
      phases.push({ name: null, start, sources: later.sources });
      sizes.add(later.settings.epoch_size);
    }
  } else if (curriculum !== undefined) fail('callbacks.curriculum_learning', 'is no map with duration and schedule');
  const [size = null] = sizes;
  return { findings, phases, settings: { ...first.settings, epoch_size: sizes.size === 1 ? size : null } };
}

/** @param inherited what a data set of the schedule keeps of the first one; null where there are no streams */
function readDataset(
  own: YamlMap,
  inherited: YamlMap,
  where: string,
  weights: 'proportion' | 'repeat',
  findings: Finding[],
): { readonly sources: readonly SourceReading[]; readonly settings: StreamSettings } | null {
  const fail = (at: string, message: string) => findings.push({ level: 'error', where: at, message });
  const dataset = { ...inherited, ...own };
  const { streams } = dataset;
  const single = [dataset.remote, dataset.local].find((place) => typeof place === 'string');
  if (streams === undefined && single !== undefined) {
    findings.push({ level: 'note', where, message: 'is one data set without weights' });
    const settings = { epoch_size: null, batching_method: 'random' };
    return { sources: [{ key: String(single), amount: null }], settings };
  }
  if (!isYamlMap(streams)) {
    fail(`${where}.streams`, `is ${yamlKind(streams)}; LLM Foundry takes a map of named streams`);
    return null;
  }
  for (const name of ['remote', 'local']) {
    if (dataset[name]) fail(`${where}.${name}`, 'stands beside `streams`; Streaming takes one or the other');
  }
  const read = yamlEntries(streams).flatMap(([key, value]): StreamArguments[] => {
    const at = `${where}.streams.${key}`;
    if (isYamlMap(value)) return [{ key, where: at, values: resolved(value) }];
    fail(at, 'is no map of the arguments of a stream');
    return [];
  });
  if (read.length === 0) {
    fail(`${where}.streams`, 'has no streams');
    return null;
  }
  const reading = readStreams(read, weights, findings);
  const settings = readStreamSettings({ shuffle: false, ...resolved(dataset) }, reading, where, findings);
  return { sources: reading.sources, settings };
}

/** Each later data set with the place where it begins, in the unit of the durations. */
function readSchedule(curriculum: YamlMap, maximum: YamlValue | undefined, findings: Finding[]) {
  const where = 'callbacks.curriculum_learning';
  const fail = (at: string, message: string) => findings.push({ level: 'error', where: at, message });
  const { schedule } = curriculum;
  for (const name of Object.keys(curriculum)) {
    if (name !== 'duration' && name !== 'schedule')
      fail(`${where}.${name}`, 'is no argument of it: duration and schedule');
  }
  if (!Array.isArray(schedule) || schedule.length === 0) {
    fail(`${where}.schedule`, 'is no list of at least one data set');
    return [];
  }
  const listed = schedule.map((item, i) => ({ item, where: `${where}.schedule[${i}]` }));
  const durations = [
    curriculum.duration,
    ...listed.map(({ item }) => (isYamlMap(item) ? item.duration : undefined)),
  ].map((duration, i) =>
    readTime(duration, i === 0 ? `${where}.duration` : `${listed[i - 1]!.where}.duration`, findings),
  );
  const known = durations.filter((duration) => duration !== null);
  const limit = maximum === undefined ? null : readTime(maximum, 'max_duration', findings);
  const units = new Set([...known, ...(limit ? [limit] : [])].map(({ unit }) => unit));
  if (units.size > 1)
    fail(where, `mixes the units ${[...units].join(' and ')}; all durations and max_duration take one`);
  const sum = known.reduce((total, { value }) => total + value, 0);
  if (maximum === undefined) {
    findings.push({ level: 'note', where: 'max_duration', message: `is not in this file; it must be the sum, ${sum}` });
  } else if (limit && known.length === durations.length && limit.value !== sum) {
    fail('max_duration', `is ${limit.value}, and the durations sum to ${sum}: the callback wants them equal`);
  }
  let start = 0;
  return listed.flatMap(({ item, where: at }, i) => {
    start += durations[i]?.value ?? 0;
    const dataset = isYamlMap(item) ? item.dataset : undefined;
    if (isYamlMap(dataset)) return [{ item: dataset, where: at, start }];
    fail(at, 'has no `dataset`, which takes the place of the one of train_loader');
    return [];
  });
}

/** "90tok" or "2ep"; a bare number counts epochs. */
function readTime(
  value: YamlValue | undefined,
  where: string,
  findings: Finding[],
): { value: number; unit: string } | null {
  const match = typeof value === 'string' ? /^(.+?)(tok|ep)$/i.exec(value) : null;
  const number = match ? Number(match[1]) : typeof value === 'number' ? value : Number.NaN;
  const unit = match ? match[2]!.toLowerCase() : 'ep';
  if (Number.isInteger(number) && number > 0) return { value: number, unit };
  const is = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
  findings.push({
    level: 'error',
    where,
    message: `${is}; it takes whole tokens or epochs above 0, as "1000tok" or "2ep"`,
  });
  return null;
}

/** OmegaConf fills in `${…}` when the trainer asks for the value. */
function resolved(map: YamlMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [
      key,
      typeof value === 'string' && value.includes(`\${`) ? new UnreadValue(value) : value,
    ]),
  );
}
