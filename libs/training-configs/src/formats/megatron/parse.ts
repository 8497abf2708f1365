// What Megatron-LM reads from a blend (NVIDIA/Megatron-LM, megatron/training/utils/common_utils.py
// get_blend_and_blend_per_split, 019eddb): the words of the file, or of each split of a JSON object.
import type { ExportedFile } from '../../format.js';
import { readJsonObject } from '../../reading/json-object.js';
import { readBlend, readingOfSplits } from '../../reading/megatron-blend.js';
import { pythonWords } from '../../reading/python-words.js';
import type { FileReading, Finding } from '../../reading/reading.js';

const SPLITS = ['train', 'valid', 'test'] as const;
const TRAINER = 'Megatron-LM';

export function parseMegatron({ content, path }: ExportedFile): FileReading {
  const findings: Finding[] = [];
  if (path.endsWith('.json') || /^\s*\{/.test(content)) return readPerSplit(content, findings);
  const place = { where: 'the file', trainer: TRAINER, weights: 'wanted' } as const;
  if (content.startsWith('\ufeff')) {
    const message = `begins with a byte order mark, which ${TRAINER} takes for part of the first word`;
    findings.push({ level: 'error', where: 'the file', message });
  }
  const sources = readBlend(pythonWords(content), place, findings);
  return { findings, phases: [{ name: null, start: 0, sources }], settings: {} };
}

function readPerSplit(content: string, findings: Finding[]): FileReading {
  const say = (level: Finding['level'], where: string, message: string) => findings.push({ level, where, message });
  const nothing: FileReading = { findings, phases: [], settings: {} };
  const { entries, problem, duplicates } = readJsonObject(content);
  if (entries === undefined) {
    say('error', 'the file', problem!);
    return nothing;
  }
  for (const name of duplicates) say('warning', name, 'stands twice: the last one counts');
  const object: Readonly<Record<string, unknown>> = Object.fromEntries(entries);
  for (const name of SPLITS) {
    if (!Object.hasOwn(object, name)) {
      say('error', name, `is missing: ${TRAINER} reads all three keys, null for a split without data`);
    }
  }
  for (const name of Object.keys(object)) {
    if (!SPLITS.some((split) => split === name)) say('warning', name, `is a key that ${TRAINER} does not read`);
  }
  if (SPLITS.every((split) => (object[split] ?? null) === null)) {
    say('error', 'the file', `gives no split any data, so ${TRAINER} would train on mock data`);
    return nothing;
  }
  const read = (where: (typeof SPLITS)[number]) => {
    const words = wordsOf(object[where], where, findings);
    const weights = where === 'train' ? 'wanted' : 'optional';
    return words && readBlend(words, { where, trainer: TRAINER, weights }, findings);
  };
  const splits = SPLITS.map(read);
  if (!splits[0]) say('error', 'train', 'is null: there is nothing to train on');
  if (splits[1]?.some(({ amount }) => amount !== null)) {
    say('note', 'valid', 'has weights: legal, but not together with --multiple-validation-sets, which wants none');
  }
  return readingOfSplits(findings, splits);
}

/** One text is split into words; the elements of a list stay as they are. */
function wordsOf(value: unknown, where: string, findings: Finding[]): readonly unknown[] | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return pythonWords(value);
  if (Array.isArray(value)) return value;
  findings.push({ level: 'error', where, message: `is ${JSON.stringify(value)}, not a list or one text` });
  return null;
}
