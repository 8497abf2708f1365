// A blend as Megatron-Core reads it, for Megatron-LM, Megatron-Bridge and NeMo alike: a flat list of weight and prefix in
// turn, or of prefixes alone. get_blend_from_list (NVIDIA/Megatron-LM, megatron/core/datasets/utils.py, 00caa53), the
// asserts of blended_dataset.py (weights above 0, fewer than 32,767 datasets) and of blended_megatron_dataset_builder.py.
//
// Where not every even word is a number, Megatron-Core takes all words for prefixes, the numbers included: its guard uses
// one `map` twice, so `0.7 /a x /b` passes it. No message of the trainer shows that fault; here it is an error.
import { pythonFloat, pythonStrip, readsAsPythonFloat } from './python-words.js';
import type { FileReading, Finding, SourceReading } from './reading.js';

/** The blending index is a signed 16-bit number. */
const MOST_DATASETS = 32_766;

export interface BlendPlace {
  /** The place in the file, for findings: "train", "dataset.data_path". */
  readonly where: string;
  /** Whose loader reads it, for messages. */
  readonly trainer: string;
  /** Whether a list of prefixes alone deserves a warning: for training data it does, elsewhere it is the usual form. */
  readonly weights: 'wanted' | 'optional';
}

/**
 * @param items words of a text, or the elements of a list: texts and numbers
 * @returns the datasets, with null for the weight of each where the list gives none to several
 */
export function readBlend(items: readonly unknown[], place: BlendPlace, findings: Finding[]): SourceReading[] {
  const { where, trainer } = place;
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  if (items.length === 0) {
    say('error', `is empty, where ${trainer} wants at least one dataset`);
    return [];
  }
  const strays = items.filter((item) => typeof item !== 'string' && typeof item !== 'number');
  if (strays.length > 0) {
    say('error', `holds ${JSON.stringify(strays[0])}, which is neither a text nor a number`);
    return [];
  }
  const even = items.filter((_, i) => i % 2 === 0);
  if (items.length % 2 !== 0 || !even.every(isNumber)) return readPrefixes(items, place, findings);

  const sources: SourceReading[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < items.length; i += 2) {
    const key = readPrefix(items[i + 1], where, findings);
    const weight = numberOf(items[i]);
    if (!(weight > 0) || !Number.isFinite(weight)) {
      say('error', `the weight ${items[i]} of ${key} must be above 0 and finite`);
    }
    if (seen.has(key)) say('warning', `${key} stands twice: it is loaded and drawn as two datasets`);
    seen.add(key);
    sources.push({ key, amount: Number.isFinite(weight) ? weight : null });
  }
  if (sources.length > MOST_DATASETS)
    say('error', `has ${sources.length} datasets; ${trainer} counts to ${MOST_DATASETS}`);
  const sum = sources.reduce((total, { amount }) => total + (amount ?? 0), 0);
  if (Math.abs(sum - 1) > 1e-9) say('note', `the weights sum to ${sum}; ${trainer} divides by that`);
  return sources;
}

/** A file with a list for each split; null stands for a split without data, and without training data nothing is read. */
export function readingOfSplits(
  findings: readonly Finding[],
  splits: readonly (readonly SourceReading[] | null)[],
): FileReading {
  const [train, valid, test] = splits;
  if (!train) return { findings, phases: [], settings: {} };
  const keys = (sources: readonly SourceReading[] | null | undefined) => sources?.map(({ key }) => key) ?? null;
  return {
    findings,
    phases: [{ name: null, start: 0, sources: train }],
    splits: { valid: keys(valid), test: keys(test) },
    settings: {},
  };
}

function readPrefixes(items: readonly unknown[], { where, trainer, weights }: BlendPlace, findings: Finding[]) {
  const numbers = items.filter(isNumber);
  if (numbers.length > 0) {
    const shown = numbers.slice(0, 3).map((number) => `"${number}"`);
    const comment = items.some((item) => typeof item === 'string' && item.startsWith('#'));
    const message =
      `is not weight and prefix in turn, so ${trainer} takes every word for a dataset without a weight, ` +
      `${shown.join(', ')} included`;
    findings.push({ level: 'error', where, message: comment ? `${message}; it knows no comments` : message });
  } else if (weights === 'wanted' && items.length > 1) {
    const message = `has no weights: ${trainer} mixes these datasets by their sizes`;
    findings.push({ level: 'warning', where, message });
  }
  // One dataset alone is all there is to draw from.
  const amount = weights === 'wanted' && items.length === 1 ? 1 : null;
  return items.map((item) => ({ key: readPrefix(item, where, findings), amount }));
}

function readPrefix(item: unknown, where: string, findings: Finding[]): string {
  const say = (level: Finding['level'], message: string) => findings.push({ level, where, message });
  const prefix = pythonStrip(String(item));
  if (typeof item !== 'string') say('error', `${prefix} stands where a prefix belongs and is a number`);
  else if (readsAsPythonFloat(prefix))
    say('warning', `"${prefix}" stands where a prefix belongs and reads as a number`);
  if (prefix === '') say('error', 'holds an empty prefix');
  if (/\.(?:bin|idx)$/.test(prefix)) say('error', `${prefix} must be given without .bin or .idx`);
  return prefix;
}

const isNumber = (item: unknown): boolean => typeof item === 'number' || readsAsPythonFloat(pythonStrip(String(item)));

/** float(item): white space around a number does not count. */
function numberOf(item: unknown): number {
  return typeof item === 'number' ? item : pythonFloat(pythonStrip(String(item)));
}
