// What fairseq2's recipe lm/train reads: dataset.config_overrides.sources, a list of {path, weight}.
// facebookresearch/fairseq2 recipes/lm/train/dataset.py 0afa4b4, src/fairseq2/utils/structured.py 0fb6915 (strict keys,
// float(text)), native/src/fairseq2n/data/data_pipeline.cc 0214757 (weights above 0 and finite, as float32).
import type { ExportedFile } from '../../format.js';
import { pythonFloat } from '../../reading/python-words.js';
import type { YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

export function parseFairseq2({ content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const { map } = readYamlMap(content, findings);
  if (!map) return nothing;
  const { dataset } = map;
  const overrides = isYamlMap(dataset) ? dataset.config_overrides : undefined;
  const where = 'dataset.config_overrides';
  if (!isYamlMap(dataset) || !isYamlMap(overrides)) {
    fail(where, `is ${yamlKind(overrides)}; the recipe reads its sources there`);
    return nothing;
  }
  if (dataset.family !== undefined && dataset.family !== 'lm_train') {
    const message = `is ${JSON.stringify(dataset.family)}; weighted sources belong to the family lm_train`;
    findings.push({ level: 'warning', where: 'dataset.family', message });
  }
  for (const name of Object.keys(overrides)) {
    if (name !== 'sources') fail(`${where}.${name}`, 'is no field of the data set; it has sources');
  }
  const { sources } = overrides;
  if (!Array.isArray(sources) || sources.length === 0) {
    fail(`${where}.sources`, 'is no list of at least one source');
    return nothing;
  }
  const seen = new Set<string>();
  const read = sources.map((source: YamlValue, i): SourceReading => {
    const at = `sources[${i}]`;
    if (!isYamlMap(source)) {
      fail(at, 'is no map with path and weight');
      return { key: at, amount: null };
    }
    for (const name of Object.keys(source)) {
      if (name !== 'path' && name !== 'weight')
        fail(`${at}.${name}`, 'is no field of a source; it has path and weight');
    }
    const { path } = source;
    if (typeof path !== 'string') fail(`${at}.path`, `is ${JSON.stringify(path ?? null)}, not text`);
    const key = typeof path === 'string' ? path : at;
    if (seen.has(key))
      findings.push({ level: 'warning', where: at, message: `${key} stands twice: it is drawn as two sources` });
    seen.add(key);
    return { key, amount: readWeight(source.weight, `${at}.weight`, findings) };
  });
  const sum = read.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (read.every(({ amount }) => amount !== null) && Math.abs(sum - 1) > 1e-9) {
    const message = `the weights sum to ${sum}; fairseq2 divides by that unless it is within 0.0001 of 1`;
    findings.push({ level: 'note', where: `${where}.sources`, message });
  }
  return { findings, phases: [{ name: null, start: 0, sources: read }], settings: {} };
}

function readWeight(weight: YamlValue | undefined, where: string, findings: Finding[]): number | null {
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  if (weight === undefined) {
    say('warning', 'is missing, which fairseq2 takes for 1.0');
    return 1;
  }
  let value = Number.NaN;
  if (typeof weight === 'number') value = weight;
  else if (typeof weight === 'boolean') {
    value = Number(weight);
    say('warning', `is ${weight}, which Python takes for ${value}`);
  } else if (typeof weight === 'string') {
    value = pythonFloat(weight);
    if (!Number.isNaN(value)) say('note', `is the text "${weight}", which fairseq2 reads as a number`);
  }
  if (Math.fround(value) > 0 && Number.isFinite(Math.fround(value))) return value;
  say('error', `is ${JSON.stringify(weight)}; it must be above 0 and finite as float32`);
  return null;
}
