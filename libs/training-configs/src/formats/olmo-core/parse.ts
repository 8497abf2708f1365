// What SourceMixtureList.from_yaml makes of a file: yaml.safe_load (src/olmo_core/config.py), then dataclass_extensions,
// which refuses keys that are no fields and turns text into a number where a number belongs; and what
// SourceMixtureDatasetConfig.build then does with it (src/olmo_core/data/source_mixture.py, allenai/OLMo-core 004bb46).
import type { ExportedFile } from '../../format.js';
import { pythonFloat } from '../../reading/python-words.js';
import type { YamlMap, YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';

/** numpy.allclose(sum, 1): 1e-8 + 1e-5 × 1. */
const SUM_TOLERANCE = 1.001e-5;
const FIELDS = ['source_name', 'target_ratio', 'paths', 'max_repetition_ratio', 'max_source_fraction'];

export function parseOlmoCore({ content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const { map } = readYamlMap(content, findings);
  if (!map) return nothing;
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  if (JSON.stringify(map).includes('"_CLASS_"')) {
    fail('_CLASS_', 'belongs to a configuration of objects; only a SourceMixtureList with sources is read here');
    return nothing;
  }
  for (const key of Object.keys(map)) {
    if (key !== 'sources') fail(key, 'is no field of a SourceMixtureList, which has sources alone');
  }
  const { sources: list } = map;
  if (!Array.isArray(list) || list.length === 0) {
    fail('sources', `is ${Array.isArray(list) ? 'an empty list' : yamlKind(list)}, not a list of sources`);
    return nothing;
  }
  const settings: Record<string, number> = {};
  const sources = list.map((item: YamlValue, i) => readSource(item, `sources[${i}]`, findings, settings));
  checkNames(sources, findings);
  checkSum(sources, findings);
  return { findings, phases: [{ name: null, start: 0, sources }], settings };
}

function readSource(
  item: YamlValue,
  where: string,
  findings: Finding[],
  settings: Record<string, number>,
): SourceReading {
  const fail = (field: string, message: string) =>
    findings.push({ level: 'error', where: field === '' ? where : `${where}.${field}`, message });
  if (!isYamlMap(item)) {
    fail('', `is ${yamlKind(item)}, not a map`);
    return { key: where, amount: null };
  }
  for (const key of Object.keys(item)) {
    if (!FIELDS.includes(key)) fail(key, `is no field of a source, which has ${FIELDS.join(', ')}`);
  }
  const name = item.source_name;
  if (typeof name !== 'string') fail('source_name', `is ${yamlKind(name)}, not a text: put it in quotes`);
  checkPaths(item, where, findings);
  const ratio = readNumber(item.target_ratio, `${where}.target_ratio`, findings);
  if (ratio !== null && (ratio < 0 || ratio > 1))
    fail('target_ratio', `is ${ratio}, and must be above 0 and at most 1`);
  if (ratio === 0) {
    findings.push({
      level: 'warning',
      where: `${where}.target_ratio`,
      message: 'is 0: OLMo-core hands such a source sequences all the same when it fills the last batch; leave it out',
    });
  }
  const limits = [
    ['max_repetition_ratio', 1, Number.POSITIVE_INFINITY, 'at least 1'],
    ['max_source_fraction', Number.MIN_VALUE, 1, 'above 0 and at most 1'],
  ] as const;
  for (const [field, least, most, allowed] of limits) {
    if (item[field] === undefined) continue;
    const value = readNumber(item[field], `${where}.${field}`, findings);
    if (value === null) continue;
    settings[`${where}.${field}`] = value;
    if (!(value >= least && value <= most)) fail(field, `is ${value}, and must be ${allowed}`);
  }
  const repeated = settings[`${where}.max_repetition_ratio`] ?? 1;
  const fraction = settings[`${where}.max_source_fraction`] ?? 1;
  if (repeated > 1 && fraction < 1) {
    findings.push({
      level: 'warning',
      where: `${where}.max_source_fraction`,
      message:
        `holds nothing back beside max_repetition_ratio ${repeated}: OLMo-core multiplies the two, and allows ` +
        `${Number((fraction * repeated).toPrecision(6))} passes over the whole source`,
    });
  }
  return { key: typeof name === 'string' ? name : String(name ?? where), amount: ratio };
}

/** A number, or a text that Python's float() reads, such as 1e-7: it is text to YAML. */
function readNumber(value: YamlValue | undefined, where: string, findings: Finding[]): number | null {
  const number = typeof value === 'string' ? pythonFloat(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    findings.push({ level: 'error', where, message: `is ${yamlKind(value)}, not a finite number` });
    return null;
  }
  if (typeof value === 'string') {
    findings.push({
      level: 'warning',
      where,
      message: `is the text "${value}" to YAML; OLMo-core makes a number of it, older versions do not: write ${fixed(number)}`,
    });
  }
  return number;
}

function fixed(value: number): string {
  return value.toFixed(15).replace(/0+$/, '').replace(/\.$/, '.0');
}

function checkPaths({ paths }: YamlMap, where: string, findings: Finding[]): void {
  const say = (level: Finding['level'], place: string, message: string) =>
    findings.push({ level, where: `${where}.${place}`, message });
  if (!Array.isArray(paths)) {
    say('error', 'paths', `is ${yamlKind(paths)}, not a list of texts`);
    return;
  }
  if (paths.length === 0) say('error', 'paths', 'is empty');
  const seen = new Set<YamlValue>();
  paths.forEach((path: YamlValue, i) => {
    if (typeof path !== 'string') say('error', `paths[${i}]`, `is ${yamlKind(path)}, not a text`);
    else if (!path.includes('*') && /[?[\]]/.test(path)) {
      say('warning', `paths[${i}]`, `${path} is the name of one file to OLMo-core: it expands patterns that hold a *`);
    } else if (seen.has(path)) say('warning', `paths[${i}]`, `${path} stands twice, so its tokens count twice`);
    seen.add(path);
  });
}

function checkNames(sources: readonly SourceReading[], findings: Finding[]): void {
  const seen = new Set<string>();
  sources.forEach(({ key }, i) => {
    if (seen.has(key)) {
      findings.push({
        level: 'error',
        where: `sources[${i}].source_name`,
        message: `"${key}" stands twice: OLMo-core keeps the files of the last one alone`,
      });
    }
    seen.add(key);
  });
}

function checkSum(sources: readonly SourceReading[], findings: Finding[]): void {
  if (sources.some(({ amount }) => amount === null)) return;
  const sum = sources.reduce((total, { amount }) => total + amount!, 0);
  const off = Math.abs(sum - 1);
  if (off <= 1e-9) return;
  const level = off > SUM_TOLERANCE ? 'error' : 'note';
  const message =
    level === 'error'
      ? `the target ratios sum to ${sum}: OLMo-core wants 1 within 1e-5, and does not divide by the sum`
      : `the target ratios sum to ${sum}, within what OLMo-core allows; it does not divide by the sum`;
  findings.push({ level, where: 'sources', message });
}
