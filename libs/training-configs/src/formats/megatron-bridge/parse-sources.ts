// What Megatron-Bridge makes of a list of Hugging Face sources with their weights (NVIDIA-NeMo/Megatron-Bridge,
// src/megatron/bridge/data/sources/hf.py resolve_blend_weights and HFDatasetSourceConfig.validate, 5412c23): in a call of
// DirectHFSFTDatasetConfig, or as `source = …` and `source_weights = …`.
import {
  literalValue,
  type PythonExpression,
  type PythonSource,
  readPythonSource,
} from '../../reading/python-source.js';
import type { FileReading, Finding } from '../../reading/reading.js';

export function parseSources(content: string): FileReading {
  const python = readPythonSource(content);
  const findings: Finding[] = python.errors.map((error) => ({ level: 'error', ...error }));
  const nothing: FileReading = { findings, phases: [], settings: {} };
  if (findings.length > 0) return nothing;
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const source = argument(python, 'source');
  if (source?.kind !== 'list') {
    const message = source ? `is ${source.text}, no list that stands in this file` : 'is not assigned in this file';
    say('error', 'source', message);
    return nothing;
  }
  const keys = source.items.map((item, i) => readSource(python.resolve(item), `source[${i}]`, findings));
  const weights = argument(python, 'source_weights');
  const amounts = readWeights(weights && literalValue(weights), weights, keys.length, findings);
  keys.forEach((key, i) => {
    if (keys.indexOf(key) !== i) say('warning', `source[${i}]`, `"${key}" stands twice: its passes add up`);
  });
  const sources = keys.map((key, i) => ({ key, amount: amounts?.[i] ?? null }));
  return { findings, phases: [{ name: null, start: 0, sources }], settings: {} };
}

/** The argument of the dataset's configuration, or what a variable of that name holds. */
function argument(python: PythonSource, name: string): PythonExpression | undefined {
  const passed = python.calls('DirectHFSFTDatasetConfig')[0]?.keywords.get(name) ?? python.assigned(name)[0];
  return passed && python.resolve(passed);
}

function readSource(item: PythonExpression, where: string, findings: Finding[]): string {
  const fail = (message: string) => {
    findings.push({ level: 'error', where, message });
    return item.text;
  };
  if (item.kind !== 'call' || item.name !== 'HFDatasetSourceConfig') return fail('is no HFDatasetSourceConfig');
  const [path, preset] = ['path_or_dataset', 'dataset_name'].map((name) => item.keywords.get(name));
  if (!path === !preset) return fail('needs either path_or_dataset or dataset_name, and not both');
  const value = literalValue((path ?? preset)!);
  return typeof value === 'string' && value.trim() !== '' ? value : fail('names no dataset that can be read here');
}

function readWeights(
  value: ReturnType<typeof literalValue>,
  written: PythonExpression | undefined,
  wanted: number,
  findings: Finding[],
): readonly number[] | null {
  const where = 'source_weights';
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  if (written === undefined || value === null) {
    say('warning', 'is not given: every source gets one pass');
    return new Array<number>(wanted).fill(1);
  }
  if (!Array.isArray(value)) {
    say('error', `is ${written.text}, no list of numbers that stands in this file`);
    return null;
  }
  const weights = value as readonly unknown[];
  if (weights.length !== wanted) say('error', `has ${weights.length} weights for ${wanted} sources`);
  for (const weight of weights) {
    if (typeof weight !== 'number') say('error', `holds ${JSON.stringify(weight)}, which is no number`);
    else if (!(weight > 0)) say('error', `holds ${weight}; Megatron-Bridge wants weights above 0`);
  }
  return weights.map((weight) => (typeof weight === 'number' ? weight : Number.NaN));
}
