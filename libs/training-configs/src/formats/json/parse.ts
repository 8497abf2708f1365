import type { ExportedFile } from '../../format.js';
import { jsonEntries, readJsonObject } from '../../reading/json-object.js';
import type { FileReading, Finding, PhaseReading, SourceReading } from '../../reading/reading.js';

/**
 * Reads mixture.json as any JSON reader would: `weights` at the top, or in each of `phases`. The document of
 * `cuvee propose --json` has its `weights` at the top too; a list of { domain, weight } may stand in place of the object.
 */
export function parseJson({ content }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const { entries, problem, duplicates } = readJsonObject(content);
  if (entries === undefined) {
    fail('the file', problem!);
    return { findings, phases: [], settings: {} };
  }
  for (const key of duplicates) fail(key, 'stands twice in one object; readers keep the last');
  const document = new Map(entries);
  const listed = document.get('phases');
  if (Array.isArray(listed) && document.has('weights')) {
    fail('weights', 'stands beside `phases`: it cannot be told which of them holds');
  }
  const items: unknown[] = Array.isArray(listed) ? listed : [Object.fromEntries(entries)];
  const phases = items.map((item, i): PhaseReading => {
    const where = Array.isArray(listed) ? `phases[${i}].` : '';
    const phase = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {};
    const { start = 0, name } = phase;
    if (typeof start !== 'number' || start < 0 || start >= 1) {
      fail(`${where}start`, `is ${JSON.stringify(start)}, not a share of the run in [0, 1)`);
    }
    return {
      name: typeof name === 'string' ? name : null,
      start: typeof start === 'number' ? start : 0,
      sources: readWeights(phase.weights, `${where}weights`, findings),
    };
  });
  phases.forEach(({ start }, i) => {
    if (i === 0 ? start !== 0 : start <= phases[i - 1]!.start) {
      fail(`phases[${i}].start`, `is ${start}: the first phase starts at 0, and each later than the one before it`);
    }
  });
  if (items.length === 0) fail('phases', 'is empty');
  return { findings, phases, settings: {} };
}

function readWeights(weights: unknown, where: string, findings: Finding[]): SourceReading[] {
  const fail = (place: string, message: string) => findings.push({ level: 'error', where: place, message });
  if (typeof weights !== 'object' || weights === null) {
    fail(where, 'holds no weights by domain: expected "weights": {"web": 0.7, …}');
    return [];
  }
  const pairs = Array.isArray(weights) ? weights.map((item) => listedPair(item)) : jsonEntries(weights);
  const seen = new Set<string>();
  const sources = pairs.map(([key, amount], i) => {
    const place = Array.isArray(weights) ? `${where}[${i}]` : `${where}.${key}`;
    if (typeof key !== 'string') fail(place, 'is no { "domain": …, "weight": … }');
    else if (seen.has(key)) fail(place, `"${key}" stands twice`);
    seen.add(String(key));
    const legal = typeof amount === 'number' && amount >= 0 && amount <= 1;
    if (!legal) fail(place, `is ${JSON.stringify(amount) ?? 'missing'}, not a number in [0, 1]`);
    return { key: String(key), amount: legal ? amount : null };
  });
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (Math.abs(sum - 1) > 1e-9) findings.push({ level: 'warning', where, message: `the weights sum to ${sum}, not 1` });
  return sources;
}

function listedPair(item: unknown): [key: unknown, value: unknown] {
  const { domain, weight } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
  return [domain, weight];
}
