// What LitData makes of a CombinedStreamingDataset (Lightning-AI/litdata, src/litdata/streaming/combined.py 38e688d) in a
// data module of LitGPT: datasets and weights side by side. The weights are divided by their sum, and random.Random(seed)
// chooses the source of every sample, in each worker of each device with the same seed. With iterate_over_all, which is
// the default, weights are refused.
import type { ExportedFile } from '../../format.js';
import {
  literalValue,
  type PythonCall,
  type PythonExpression,
  type PythonSource,
  readPythonSource,
} from '../../reading/python-source.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';

const COMBINED = 'CombinedStreamingDataset';
const PARAMETERS = ['datasets', 'seed', 'weights', 'iterate_over_all', 'batching_method', 'force_override_state_dict'];

export function parseLitGpt({ content }: ExportedFile): FileReading {
  const source = readPythonSource(content);
  const findings: Finding[] = source.errors.map(({ where, message }) => ({ level: 'error', where, message }));
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const calls = source.calls(COMBINED);
  const call = calls[0];
  if (!call) {
    say('error', 'the file', `calls no ${COMBINED}`);
    return { findings, phases: [], settings: {} };
  }
  const where = `${COMBINED}, line ${call.line}`;
  if (calls.length > 1) say('warning', where, `is one of ${calls.length}; the first is read`);
  if (call.isOpen) say('warning', where, 'gets arguments by * or **, which cannot be told here');
  for (const keyword of call.keywords.keys()) {
    if (!PARAMETERS.includes(keyword)) say('error', where, `${keyword} is no parameter of it`);
  }
  const argument = (name: string) => argumentOf(call, name, source);
  const sources = readSources(argument('datasets'), argument('weights'), where, source, findings);
  const weighted = sources.some(({ amount }) => amount !== null);
  const all = argument('iterate_over_all');
  if (weighted && (all === undefined || literalValue(all) === true)) {
    const message = 'has weights and no iterate_over_all=False: LitData refuses weights when it iterates over all';
    say('error', where, message);
  }
  if (!weighted)
    say('warning', where, 'has no weights that stand in the file: LitData mixes by the lengths of the datasets');
  const settings: Record<string, string | number | boolean | null> = {};
  for (const name of ['seed', 'batching_method']) keep(name, argument(name));
  keep('num_workers', source.assigned('num_workers').at(-1));
  if (settings.batching_method === 'per_stream') {
    say('note', where, 'batching_method="per_stream" takes each batch whole from one source');
  }
  return { findings, phases: sources.length > 0 ? [{ name: null, start: 0, sources }] : [], settings };

  function keep(name: string, expression: PythonExpression | undefined): void {
    const given =
      expression && /^self\.\w+$/.test(expression.text) ? source.assigned(expression.text.slice(5))[0] : expression;
    const value = given && literalValue(given);
    if (value !== undefined && (typeof value !== 'object' || value === null)) settings[name] = value;
  }
}

function argumentOf(call: PythonCall, name: string, source: PythonSource): PythonExpression | undefined {
  const given = call.keywords.get(name) ?? call.positional[PARAMETERS.indexOf(name)];
  return given && source.resolve(given);
}

function readSources(
  datasets: PythonExpression | undefined,
  weights: PythonExpression | undefined,
  where: string,
  source: PythonSource,
  findings: Finding[],
): SourceReading[] {
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  if (!datasets || (datasets.kind !== 'list' && datasets.kind !== 'tuple')) {
    say('error', `datasets is ${datasets?.text.slice(0, 60) ?? 'missing'}, not a list that stands in the file`);
    return [];
  }
  const keys = datasets.items.map((item) => folderOf(item, source, findings));
  for (const key of new Set(keys.filter((key, i) => keys.indexOf(key) !== i))) {
    say('warning', `"${key}" stands twice: it is streamed and drawn as two sources`);
  }
  if (!weights || weights.kind === 'none') return keys.map((key) => ({ key, amount: null }));
  if (weights.kind !== 'list' && weights.kind !== 'tuple') {
    say('warning', `weights is ${weights.text.slice(0, 60)}: what it comes to cannot be told here`);
    return keys.map((key) => ({ key, amount: null }));
  }
  const { items } = weights;
  if (items.length !== keys.length) {
    say('error', `has ${keys.length} datasets and ${items.length} weights: the first draw would end the run`);
    return [];
  }
  const sources = keys.map((key, i): SourceReading => {
    const item = items[i]!;
    const amount = item.kind === 'number' ? item.value : null;
    if (item.kind === 'other' || item.kind === 'name' || item.kind === 'call') {
      say('warning', `the weight ${item.text} of "${key}" is no number: what it comes to cannot be told here`);
    } else if (amount === null || amount < 0 || !Number.isFinite(amount)) {
      say('error', `the weight ${item.text} of "${key}" must be a number from 0 on`);
      return { key, amount: null };
    }
    return { key, amount };
  });
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (sources.every(({ amount }) => amount === 0)) say('error', 'has no weight above 0');
  else if (sources.every(({ amount }) => amount !== null) && Math.abs(sum - 1) > 1e-9) {
    say('note', `the weights sum to ${sum}; LitData divides by that`);
  }
  return sources;
}

/** The folder of a stream as it stands in the file: the text of `input_dir`, or what is written in its place. */
function folderOf(item: PythonExpression, source: PythonSource, findings: Finding[]): string {
  const stream = source.resolve(item);
  if (stream.kind !== 'call') return item.text;
  const folder = stream.keywords.get('input_dir') ?? stream.positional[0];
  if (!folder) return item.text;
  if (stream.name === 'StreamingDataset' && !stream.keywords.has('item_loader')) {
    const message =
      'has no item_loader=TokensLoader(…), so a weight counts samples as they were stored, not packed sequences';
    findings.push({ level: 'warning', where: `StreamingDataset, line ${stream.line}`, message });
  }
  const resolved = source.resolve(folder);
  const [attribute] = source.assigned(folder.text);
  const value = literalValue(resolved) ?? (attribute && literalValue(attribute));
  return typeof value === 'string' ? value : folder.text;
}
