// A Python script that calls interleave_datasets: with literal data sets and probabilities it says a mixture itself,
// otherwise it reads one.
import {
  literalValue,
  type PythonCall,
  type PythonExpression,
  type PythonSource,
  readPythonSource,
} from '../../reading/python-source.js';
import type { Finding } from '../../reading/reading.js';

/** As mixture.json has them; a data set that no load_dataset with literal arguments names is its own text. */
export interface InterleaveArguments {
  readonly datasets: readonly (string | Readonly<Record<string, unknown>>)[];
  readonly probabilities: unknown;
  readonly seed: unknown;
  readonly stopping_strategy: unknown;
  readonly streaming: boolean;
}

const LOAD_PARAMETERS = ['path', 'name', 'data_dir', 'data_files', 'split'];
const PARAMETERS = ['datasets', 'probabilities', 'seed', 'info', 'split', 'stopping_strategy'];

/** Null where the script gives no mixture by itself; then it must read mixture.json. */
export function readInterleaveScript(content: string, findings: Finding[]): InterleaveArguments | null {
  const source = readPythonSource(content);
  for (const { where, message } of source.errors) findings.push({ level: 'error', where, message });
  if (source.errors.length > 0) return null;
  const calls = source.calls('interleave_datasets');
  const [call] = calls;
  if (!call) {
    findings.push({ level: 'error', where: 'the file', message: 'does not call interleave_datasets' });
    return null;
  }
  if (calls.length > 1) {
    const message = `calls interleave_datasets ${calls.length} times; the first is read here`;
    findings.push({ level: 'note', where: `line ${call.line}`, message });
  }
  const given = (name: string): PythonExpression | undefined => {
    const expression = call.keywords.get(name) ?? call.positional[PARAMETERS.indexOf(name)];
    return expression && source.resolve(expression);
  };
  const datasets = given('datasets');
  const probabilities = given('probabilities');
  const weights = probabilities && literalValue(probabilities);
  const isLiteral = probabilities === undefined || weights !== undefined;
  if (!isLiteral || (datasets?.kind !== 'list' && datasets?.kind !== 'tuple')) {
    if (!/["']mixture\.json["']/.test(content)) {
      findings.push({
        level: 'error',
        where: `line ${call.line}`,
        message: 'takes a mixture that stands neither here nor in mixture.json, so it cannot be read',
      });
    }
    return null;
  }
  const loads = datasets.items.map((item) => source.resolve(item));
  const option = (name: string) => {
    const expression = given(name);
    return expression && literalValue(expression);
  };
  return {
    datasets: loads.map((item) => readLoad(item, source)),
    probabilities: weights,
    seed: option('seed'),
    stopping_strategy: option('stopping_strategy'),
    streaming: loads.every((item) => isTrue(originOf(item, source)?.load.keywords.get('streaming'))),
  };
}

/**
 * The arguments of the load_dataset behind `load_dataset(…)`, `load_dataset(…)["train"]`, a name that one is assigned to,
 * or what is called on any of them (`web.shuffle(…)`).
 */
function readLoad(expression: PythonExpression, source: PythonSource): string | Record<string, unknown> {
  const origin = originOf(expression, source);
  if (!origin) return expression.text;
  const { load, after } = origin;
  const fields: Record<string, unknown> = {};
  for (const [i, name] of LOAD_PARAMETERS.entries()) {
    const item = load.keywords.get(name) ?? load.positional[i];
    if (!item) continue;
    const value = literalValue(source.resolve(item));
    if (value === undefined) return expression.text;
    fields[name] = value;
  }
  const chosen = /^\s*\[\s*["']([^"']+)["']\s*\]/.exec(after);
  return chosen ? { ...fields, split: chosen[1] } : fields;
}

/** The call that loads, and the text that follows it. */
function originOf(
  expression: PythonExpression,
  source: PythonSource,
  seen: readonly string[] = [],
): { load: PythonCall; after: string } | null {
  const load = source
    .calls('load_dataset')
    .find(({ text, line }) => line === expression.line && expression.text.startsWith(text));
  if (load) return { load, after: expression.text.slice(load.text.length) };
  const name = /^([A-Za-z_]\w*)\s*(?:\.|$)/.exec(expression.text)?.[1];
  if (name === undefined || seen.includes(name)) return null;
  const origins = source.assigned(name).map((value) => originOf(value, source, [...seen, name]));
  const found = origins.filter((origin) => origin !== null);
  return found.length === 1 ? found[0]! : null;
}

function isTrue(expression: PythonExpression | undefined): boolean {
  return expression?.kind === 'boolean' && expression.value;
}
