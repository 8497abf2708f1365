import {
  literalValue,
  type PythonCall,
  type PythonExpression,
  type PythonSource,
} from '../../reading/python-source.js';
import type { Finding } from '../../reading/reading.js';

export interface MixChild {
  /** The pattern or path of its files where one stands in the file, else how the file calls it. */
  readonly key: string;
  readonly amount: number | null;
  /** How it is packed before the mix; unknown where a function or another file makes its dataset. */
  readonly packing: 'none' | 'split' | 'padded' | 'unknown';
}

/** One WeightedDataset(dataset=…, weight=…). */
export function readChild(child: PythonCall, source: PythonSource, findings: Finding[]): MixChild {
  const where = `WeightedDataset, line ${child.line}`;
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  if (child.positional.length > 0) say('error', 'takes dataset and weight by keyword alone');
  for (const keyword of child.keywords.keys()) {
    if (keyword !== 'dataset' && keyword !== 'weight') say('error', `has no parameter ${keyword}`);
  }
  if (child.isOpen) say('warning', 'gets arguments by * or **, which cannot be told here');
  const dataset = child.keywords.get('dataset');
  if (!dataset) {
    if (!child.isOpen) say('error', 'has no dataset');
    return { key: child.text, amount: null, packing: 'unknown' };
  }
  const described = { key: keyOf(dataset, source), packing: packingOf(dataset, source) };
  const given = child.keywords.get('weight');
  if (!given) {
    if (!child.isOpen) say('note', 'has no weight, which is then 1.0');
    return { ...described, amount: child.isOpen ? null : 1 };
  }
  const weight = source.resolve(given);
  if (weight.kind === 'other' || weight.kind === 'name' || weight.kind === 'call') {
    say('warning', `the weight ${weight.text} is no number: what it comes to cannot be told here`);
    return { ...described, amount: null };
  }
  if (weight.kind === 'number' && weight.value > 0 && Number.isFinite(weight.value)) {
    return { ...described, amount: weight.value };
  }
  say('error', `the weight ${weight.text} must be a finite number above 0`);
  return { ...described, amount: null };
}

function packingOf(dataset: PythonExpression, source: PythonSource): MixChild['packing'] {
  const found = source.resolve(dataset);
  if (found.kind !== 'call') return 'unknown';
  if (found.name === 'ConcatThenSplitPackingConfig') return 'split';
  if (found.name === 'FirstFitPackingConfig') return 'padded';
  return found.name === 'SingleDatasetConfig' ? 'none' : 'unknown';
}

/** Through names, packing and mixing down to where the files are named. */
function keyOf(dataset: PythonExpression, source: PythonSource): string {
  let key = dataset;
  for (let depth = 0; depth < 20; depth++) {
    const found = source.resolve(key);
    if (found.kind !== 'call') return key.text;
    const text = onlyText(found);
    if (text !== null) return text;
    const inner = found.keywords.get('dataset') ?? found.keywords.get('source');
    if (!inner) return filesOf(found, source) ?? key.text;
    key = inner;
  }
  return key.text;
}

/** The argument of a function that is called with one text alone. */
function onlyText(call: PythonCall): string | null {
  const [only] = call.positional;
  if (call.positional.length !== 1 || call.keywords.size > 0 || call.isOpen) return null;
  return only!.kind === 'string' ? only!.value : null;
}

/** `patterns=("…",)` of JSONL files, `path="…"` of a data set of Hugging Face with its `name`. */
function filesOf(config: PythonCall, source: PythonSource): string | null {
  const read = (name: string) => {
    const given = config.keywords.get(name);
    return given && literalValue(source.resolve(given));
  };
  const patterns = read('patterns');
  if (Array.isArray(patterns) && patterns.length === 1 && typeof patterns[0] === 'string') return patterns[0];
  const [path, name] = [read('path'), read('name')];
  if (typeof path !== 'string') return null;
  return typeof name === 'string' ? `${path}/${name}` : path;
}
