// What NeMo 2 makes of `paths` (NVIDIA/NeMo, nemo/collections/llm/gpt/data/pre_training.py, 020a508): a list for all
// splits, or a dict with a list for each of train, validation and test.
import { readBlend, readingOfSplits } from '../../reading/megatron-blend.js';
import {
  literalValue,
  type PythonExpression,
  type PythonSource,
  readPythonSource,
} from '../../reading/python-source.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';

const SPLITS = ['train', 'validation', 'test'] as const;

export function parsePaths(content: string): FileReading {
  const python = readPythonSource(content);
  const findings: Finding[] = python.errors.map((error) => ({ level: 'error', ...error }));
  const nothing: FileReading = { findings, phases: [], settings: {} };
  if (findings.length > 0) return nothing;
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const paths =
    argument(python, ['PreTrainingDataModule', 'Config', 'Partial'], 'paths') ?? python.assigned('paths')[0];
  if (paths === undefined) {
    say('error', 'paths', 'is neither assigned nor passed to PreTrainingDataModule in this file');
    return nothing;
  }
  const found = python.resolve(paths);
  const limit = argument(python, ['Trainer', 'Config', 'Partial'], 'limit_val_batches');
  const fraction = limit?.kind === 'number' && /[.e]/i.test(limit.text) && limit.value > 0 && limit.value <= 1;
  if (found.kind !== 'dict') {
    if (fraction)
      say('error', 'limit_val_batches', `is ${limit.text}: NeMo refuses a fraction with a single list of paths`);
    else say('note', 'limit_val_batches', 'must be 0 or a whole number: NeMo refuses a fraction with a single list');
    const sources = readList(python, found, 'paths', 'wanted', findings);
    return sources ? { findings, phases: [{ name: null, start: 0, sources }], settings: {} } : nothing;
  }

  const entries = new Map(found.entries.map(([key, value]) => [literalValue(key), python.resolve(value)]));
  for (const key of entries.keys()) {
    if (!SPLITS.some((split) => split === key)) say('warning', 'paths', `NeMo does not read the key ${String(key)}`);
  }
  const splits = SPLITS.map((split) => {
    const value = entries.get(split);
    const where = `paths, ${split}`;
    if (value !== undefined && value.kind !== 'none') {
      return readList(python, value, where, split === 'train' ? 'wanted' : 'optional', findings);
    }
    say('error', where, 'is missing: NeMo wants prefixes for train, validation and test');
    return null;
  });
  if (splits[1]?.some(({ amount }) => amount !== null)) {
    const message = 'has weights, which NeMo refuses unless limit_val_batches is a whole number (the default is 1.0)';
    say(fraction ? 'error' : 'warning', 'paths, validation', message);
  }
  return readingOfSplits(findings, splits);
}

/** What the first call of one of these names that has the argument passes for it. */
function argument(python: PythonSource, names: readonly string[], keyword: string): PythonExpression | undefined {
  for (const name of names) {
    for (const { keywords } of python.calls(name)) if (keywords.has(keyword)) return keywords.get(keyword);
  }
  return undefined;
}

function readList(
  python: PythonSource,
  value: PythonExpression,
  where: string,
  weights: 'wanted' | 'optional',
  findings: Finding[],
): readonly SourceReading[] | null {
  const fail = (message: string) => {
    findings.push({ level: 'error', where, message });
    return null;
  };
  if (value.kind === 'string' && where === 'paths')
    return readBlend([value.value], { where, trainer: 'NeMo', weights }, findings);
  if (value.kind === 'string') return fail('is one text, which NeMo takes letter by letter: put it into a list');
  if (value.kind !== 'list' && value.kind !== 'tuple')
    return fail(`is ${value.text}, no list that stands in this file`);
  const items = value.items.map((item) => literalValue(python.resolve(item)));
  const unread = items.indexOf(undefined);
  if (unread >= 0) return fail(`holds ${value.items[unread]!.text}, which cannot be told without running the file`);
  return readBlend(items, { where, trainer: 'NeMo', weights }, findings);
}
