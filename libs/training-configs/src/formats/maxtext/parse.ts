// What MaxText reads as a mixture for Grain: a JSON of named data sets, or grain_train_files in one line.
// AI-Hypercomputer/maxtext src/maxtext/input_pipeline/grain_data_processing.py 003d719 (get_datasets),
// google/grain grain/_src/python/dataset/transformations/mix.py f36f285.
import type { ExportedFile } from '../../format.js';
import { readJsonObject } from '../../reading/json-object.js';
import { pythonFloat } from '../../reading/python-words.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';

export function parseMaxText({ content, path }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  const sources =
    path.endsWith('.json') || /^\s*\{/.test(content) ? readMixture(content, findings) : readInline(content, findings);
  return { findings, phases: sources === null ? [] : [{ name: null, start: 0, sources }], settings: {} };
}

function readMixture(content: string, findings: Finding[]): SourceReading[] | null {
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const { entries, problem, duplicates } = readJsonObject(content);
  for (const key of duplicates) fail(key, 'stands twice in one object; MaxText keeps the last');
  if (entries === undefined) {
    fail('the file', problem!);
    return null;
  }
  if (entries.length === 0) {
    fail('the file', 'names no data set');
    return null;
  }
  return entries.map(([name, value]): SourceReading => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      fail(name, 'is no object with path and weight');
      return { key: name, amount: null };
    }
    const { path, weight, ...rest } = value as Record<string, unknown>;
    if (typeof path !== 'string' || path === '') fail(`${name}.path`, `is ${JSON.stringify(path)}, not a file pattern`);
    else if (/[*?].*\//.test(path)) {
      const message = `is ${path}: a MaxText that has get_expanded_file_paths expands the last part of a path alone`;
      findings.push({ level: 'note', where: `${name}.path`, message });
    }
    for (const key of Object.keys(rest)) {
      findings.push({ level: 'note', where: `${name}.${key}`, message: 'is a key that MaxText does not read' });
    }
    return { key: name, amount: readWeight(weight, `${name}.weight`, findings) };
  });
}

/** float(weight), and what Grain makes of it. */
function readWeight(weight: unknown, where: string, findings: Finding[]): number | null {
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  let value = Number.NaN;
  if (typeof weight === 'number') value = weight;
  else if (typeof weight === 'string') {
    value = pythonFloat(weight.trim());
    if (!Number.isNaN(value)) say('note', `is the text "${weight}", which MaxText reads as a number`);
  } else if (typeof weight === 'boolean') {
    value = Number(weight);
    say('warning', `is ${weight}, which Python takes for ${value}`);
  }
  if (value > 0 && Number.isFinite(value)) return value;
  say('error', `is ${JSON.stringify(weight)}; it must be a number above 0 and finite, since Grain refuses others`);
  return null;
}

/** `grain_train_files=A,0.7;B,0.3`, from a command line or a YAML of settings, or the value alone. */
function readInline(content: string, findings: Finding[]): SourceReading[] | null {
  const fail = (where: string, message: string) => findings.push({ level: 'error', where, message });
  const setting = /^[^#\n]*?\bgrain_train_files\s*[=:]\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#]+))/m.exec(content);
  const value = setting ? (setting[1] ?? setting[2] ?? setting[3] ?? '') : content.trim();
  const where = 'grain_train_files';
  if (value === '' || value.includes('\n')) {
    fail(where, setting ? 'is empty' : 'is not in the file, and the file is no JSON of data sets either');
    return null;
  }
  if (!value.includes(';')) {
    if (/,[\d.]+$/.test(value)) {
      const message = 'has no ";", so MaxText takes all of it, weight included, for the pattern of one data set';
      findings.push({ level: 'warning', where, message });
    }
    return [{ key: value, amount: null }];
  }
  const parts = value.split(';').map((part) => part.split(','));
  if (parts.at(-1)!.join('') === '') {
    fail(where, 'ends in ";": the empty data set after it has no weight, and MaxText stops');
    return null;
  }
  const odd = parts.find((fields) => fields.length !== 2);
  if (odd) {
    const text = odd.join(',');
    const message = odd.length < 2 ? 'has no weight' : 'has a comma in its path, which MaxText takes for the weight';
    fail(where, `"${text}" ${message}: use grain_train_mixture_config_path`);
    return null;
  }
  const weights = parts.map(([key, weight]) => ({ key: key!, weight: pythonFloat(weight!.trim()) }));
  for (const [i, { key, weight }] of weights.entries()) {
    if (weight > 0 && Number.isFinite(weight)) continue;
    fail(where, `the weight ${JSON.stringify(parts[i]![1])} of ${key} is no number above 0`);
  }
  if (findings.length > 0) return weights.map(({ key }) => ({ key, amount: null }));
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  const rounded = weights.map(({ key, weight }) => ({
    key,
    exact: weight / total,
    amount: fourDecimals(weight / total),
  }));
  for (const { key, exact, amount } of rounded) {
    if (amount === 0)
      fail(where, `the share ${exact} of ${key} is 0 after MaxText rounds to 4 decimals, and Grain refuses 0`);
    else if (Math.abs(amount / exact - 1) > 1e-9) {
      const level = Math.abs(amount / exact - 1) > 0.01 ? 'warning' : 'note';
      findings.push({ level, where, message: `the share ${exact} of ${key} is rounded to ${amount}` });
    }
  }
  return rounded.map(({ key, amount }) => ({ key, amount }));
}

/** round(share, 4): half to even where the binary number lies exactly between. */
function fourDecimals(share: number): number {
  const text = share.toFixed(4);
  const isHalf = Number.isInteger(share * 32) && !Number.isInteger(share * 16);
  if (!isHalf) return Number(text);
  const last = Math.round(Number(text) * 10_000);
  return (last % 2 === 0 ? last : last - 1) / 10_000;
}
