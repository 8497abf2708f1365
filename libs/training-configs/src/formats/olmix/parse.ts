// What olmix makes of a launch configuration (yaml.safe_load, then the pydantic models of olmix/aliases.py, allenai/olmix
// 094a3b3 and later) and of what its own fit writes, *_optimal.json (olmix/plots/plotting.py 15a9800): a list of
// { domain, weight }. The mix becomes an OLMo-core SourceMixtureList, whose rules hold as well.
import type { ExportedFile } from '../../format.js';
import { jsonProblem } from '../../reading/json-problem.js';
import type { YamlMap, YamlValue } from '../../reading/python-yaml.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';
import { isYamlMap, readYamlMap, yamlKind } from '../../reading/yaml-map.js';
import { flattenMix, type MixEntry } from './parse-mix.js';

/** numpy.allclose(sum, 1): 1e-8 + 1e-5 × 1. */
const SUM_TOLERANCE = 1.001e-5;

export function parseOlmix({ path, content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  if (path.endsWith('.json') || content.trimStart().startsWith('[')) return readOptimum(content, findings);
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const { map } = readYamlMap(content, findings);
  if (!map) return nothing;
  if (!isYamlMap(map.mix) || Object.keys(map.mix).length === 0) {
    const message = `is ${isYamlMap(map.mix) ? 'an empty map' : yamlKind(map.mix)}, not a map of names and weights`;
    findings.push({ level: 'error', where: 'mix', message });
    return nothing;
  }
  const entries = flattenMix(map.mix, findings);
  checkEntries(entries, findings);
  checkNames(entries, map, findings);
  const sources = entries.map(({ name, weight }): SourceReading => ({ key: name, amount: weight }));
  return { findings, phases: [{ name: null, start: 0, sources }], settings: settingsOf(entries, map) };
}

function checkEntries(entries: readonly MixEntry[], findings: Finding[]): void {
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const seen = new Set<string>();
  for (const { name, weight, repetition } of entries) {
    if (seen.has(name)) say('error', `mix.${name}`, 'stands twice: olmix keeps the last one');
    seen.add(name);
    if (weight !== null && (weight < 0 || weight > 1))
      say('error', `mix.${name}`, `has the weight ${weight}, not in [0, 1]`);
    if (weight === 0) say('note', `mix.${name}`, 'has the weight 0: olmix leaves it out');
    if (repetition < 1) say('error', `mix.${name}.repetition_factor`, `is ${repetition}: OLMo-core wants 1 or more`);
  }
  if (entries.some(({ weight }) => weight === null)) return;
  const sum = entries.reduce((total, { weight }) => total + weight!, 0);
  const off = Math.abs(sum - 1);
  if (off > SUM_TOLERANCE) {
    say('error', 'mix', `sums to ${sum}, where OLMo-core wants 1 within 1e-5; the weights of leaves are multiplied`);
  } else if (off > 1e-9) say('note', 'mix', `sums to ${sum}, within what OLMo-core allows`);
}

/** olmix looks for each of its sources in the mix, and says nothing of names in the mix that are none. */
function checkNames(entries: readonly MixEntry[], { data }: YamlMap, findings: Finding[]): void {
  const listed = isYamlMap(data) ? data.sources : undefined;
  if (!Array.isArray(listed)) return;
  const known = new Set(listed.flatMap((source: YamlValue) => namesOf(source, '')));
  for (const { name, weight } of entries) {
    if (weight === 0 || known.has(name)) continue;
    const message = 'is no source of data.sources: olmix passes over it, and the others do not sum to 1';
    findings.push({ level: 'error', where: `mix.${name}`, message });
  }
  const mixed = new Set(entries.map(({ name }) => name));
  const idle = [...known].filter((name) => !mixed.has(name));
  if (idle.length > 0) {
    findings.push({ level: 'note', where: 'data.sources', message: `not in the mix, so not used: ${idle.join(', ')}` });
  }
}

function namesOf(source: YamlValue, before: string): string[] {
  if (!isYamlMap(source)) return [];
  const name = `${before}${source.name}`;
  const parts = [source.topics, source.quality].find((list) => Array.isArray(list) && list.length > 0);
  return Array.isArray(parts) ? parts.flatMap((part: YamlValue) => namesOf(part, `${name}:`)) : [name];
}

/** The limits as OLMo-core gets them, and the batch of the run in sequences. */
function settingsOf(entries: readonly MixEntry[], { training }: YamlMap): Record<string, number> {
  const settings: Record<string, number> = {};
  entries.forEach(({ repetition }, i) => {
    settings[`sources[${i}].max_repetition_ratio`] = repetition;
  });
  const batch = isYamlMap(training) ? training.global_batch_size : undefined;
  if (typeof batch === 'number' && batch > 0) settings.global_batch_size = batch;
  return settings;
}

function readOptimum(content: string, findings: Finding[]): FileReading {
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  let list: unknown;
  try {
    list = JSON.parse(content);
  } catch (error) {
    fail('the file', jsonProblem(content, error));
  }
  if (!Array.isArray(list) || list.length === 0) {
    if (findings.length === 0) fail('the file', 'is no list of { domain, weight }, as olmix fit writes it');
    return { findings, phases: [], settings: {} };
  }
  const seen = new Set<unknown>();
  const sources = list.map((item: unknown, i): SourceReading => {
    const { domain, weight } = (item ?? {}) as { domain?: unknown; weight?: unknown };
    if (typeof domain !== 'string') fail(`[${i}].domain`, `is ${JSON.stringify(domain) ?? 'missing'}, not a text`);
    else if (seen.has(domain)) fail(`[${i}].domain`, `"${domain}" stands twice`);
    seen.add(domain);
    const known = typeof weight === 'number' && Number.isFinite(weight);
    if (!known) fail(`[${i}].weight`, `is ${JSON.stringify(weight) ?? 'missing'}, not a number`);
    else if (weight < 0) fail(`[${i}].weight`, `is ${weight}, below 0`);
    return { key: String(domain), amount: known ? weight : null };
  });
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (Math.abs(sum - 1) > 1e-9)
    findings.push({ level: 'note', where: 'the file', message: `the weights sum to ${sum}` });
  return { findings, phases: [{ name: null, start: 0, sources }], settings: {} };
}
