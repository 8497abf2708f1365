// What TinyLlama makes of train_data_config (jzhang38/TinyLlama, pretrain/tinyllama.py 01c9c77 create_dataloader,
// lit_gpt/packed_dataset.py 09baa9e CombinedDataset): pairs of prefix and weight. The files of a source are those found
// by glob as {prefix}*; the weights are divided by their sum, and random.choices draws the source of every sequence.
import type { ExportedFile } from '../../format.js';
import { isGlobPattern, prefixPairs } from '../../reading/file-prefixes.js';
import { literalValue, type PythonExpression, readPythonSource } from '../../reading/python-source.js';
import type { FileReading, Finding, SourceReading } from '../../reading/reading.js';

const LIST = 'train_data_config';

export function parseTinyLlama({ content }: ExportedFile): FileReading {
  const source = readPythonSource(content);
  const findings: Finding[] = source.errors.map(({ where, message }) => ({ level: 'error', where, message }));
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const lists = source.assigned(LIST);
  const list = lists.at(-1);
  if (list === undefined) {
    findings.push({ level: 'error', where: 'the file', message: `assigns no ${LIST}` });
    return nothing;
  }
  if (lists.length > 1) {
    const message = `is assigned ${lists.length} times; the last, on line ${list.line}, holds`;
    findings.push({ level: 'warning', where: LIST, message });
  }
  const sources = readPairs(LIST, source.resolve(list), findings);
  const valid = source.assigned('val_data_config').at(-1);
  return {
    findings,
    phases: sources.length > 0 ? [{ name: null, start: 0, sources }] : [],
    splits: {
      valid: valid ? readPairs('val_data_config', source.resolve(valid), findings).map(({ key }) => key) : null,
      test: null,
    },
    settings: {},
  };
}

function readPairs(where: string, list: PythonExpression, findings: Finding[]): SourceReading[] {
  const say = (level: Finding['level'], place: string, message: string) =>
    findings.push({ level, where: place, message });
  if (list.kind !== 'list' && list.kind !== 'tuple') {
    say('error', where, `is ${list.text.slice(0, 60)}, not a list of prefixes and weights that stands in the file`);
    return [];
  }
  const sources = list.items.flatMap((item, i): SourceReading[] => {
    const place = `${where}[${i}], line ${item.line}`;
    const [prefix, weight] = item.kind === 'tuple' || item.kind === 'list' ? item.items : [];
    const key = prefix && literalValue(prefix);
    if ((item.kind !== 'tuple' && item.kind !== 'list') || item.items.length !== 2 || typeof key !== 'string') {
      say('error', place, `is ${item.text.slice(0, 60)}, not a pair of a prefix and a weight`);
      return [];
    }
    const amount = literalValue(weight!);
    if (isGlobPattern(key)) say('note', place, `glob takes "${key}" for a pattern`);
    if (weight!.kind === 'other' || weight!.kind === 'call' || weight!.kind === 'name') {
      say(
        'warning',
        place,
        `the weight ${weight!.text} of "${key}" is no number: what it comes to cannot be told here`,
      );
      return [{ key, amount: null }];
    }
    if (typeof amount === 'number' && amount >= 0 && Number.isFinite(amount)) return [{ key, amount }];
    say('error', place, `the weight ${weight!.text} of "${key}" must be a number from 0 on`);
    return [{ key, amount: null }];
  });
  checkTogether(where, sources, say);
  return sources;
}

function checkTogether(
  where: string,
  sources: readonly SourceReading[],
  say: (level: Finding['level'], place: string, message: string) => void,
): void {
  const keys = sources.map(({ key }) => key);
  if (sources.length === 0) return void say('error', where, 'has no source');
  for (const key of new Set(keys.filter((key, i) => keys.indexOf(key) !== i))) {
    say('warning', where, `"${key}" stands twice: its files are read and drawn as two sources`);
  }
  for (const [shorter, longer] of prefixPairs(keys)) {
    say('error', where, `"${shorter}" is the beginning of "${longer}": ${shorter}* finds the files of both`);
  }
  const amounts = sources.map(({ amount }) => amount);
  if (amounts.some((amount) => amount === null)) return;
  const sum = amounts.reduce<number>((total, amount) => total + amount!, 0);
  if (sum === 0) say('error', where, 'has no weight above 0');
  else if (Math.abs(sum - 1) > 1e-9) say('note', where, `the weights sum to ${sum}; TinyLlama divides by that`);
}
