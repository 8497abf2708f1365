// An independent reader of the three files. It follows the trainer's own reading of them (whitespace words, weight
// and prefix in turn; a JSON object with train, valid and test) and is stricter: the trainer accepts some broken
// lists as unweighted ones, for instance `0.7 /a x /b`, where "0.7" becomes a path.
import { ExportMismatchError } from '../../export-mismatch.error.js';
import type { ExportedFile, ParsedFile, ParsedSplit } from '../../format.js';

type Pair = { key: string; weight: number };

/** The white space at which Python's str.split() cuts. */
const BLANKS = new Set(
  [
    0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f,
    0x3000,
  ]
    .concat(Array.from({ length: 11 }, (_, i) => 0x2000 + i))
    .map((code) => String.fromCodePoint(code)),
);

export function parseMegatron(files: readonly ExportedFile[]): Record<string, ParsedFile> {
  const parsed: Record<string, ParsedFile> = {};
  for (const { path, content } of files) {
    if (path.endsWith('.meta.json')) parsed[path] = { train: readMeta(content) };
    else if (path.endsWith('.json')) parsed[path] = readPerSplit(content);
    else parsed[path] = { train: readPairs(words(content)) };
  }
  return parsed;
}

function words(content: string): string[] {
  const found: string[] = [];
  let word = '';
  for (const character of content) {
    if (!BLANKS.has(character)) word += character;
    else if (word !== '') {
      found.push(word);
      word = '';
    }
  }
  return word === '' ? found : [...found, word];
}

function readPerSplit(content: string): ParsedFile {
  const value: unknown = JSON.parse(content);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken('not an object');
  if (Object.keys(value).sort().join() !== 'test,train,valid') {
    throw broken(`its keys are ${Object.keys(value).join()} instead of train, valid and test`);
  }
  const { train, valid, test } = value as Record<'train' | 'valid' | 'test', unknown>;
  const weighted = asWords(train);
  if (!weighted) throw broken('train is null');
  return { train: readPairs(weighted), valid: readBare(asWords(valid)), test: readBare(asWords(test)) };
}

function asWords(value: unknown): string[] | null {
  if (value === null) return null;
  if (typeof value === 'string') return words(value);
  if (!Array.isArray(value)) throw broken(`a split is ${typeof value}`);
  return value.map((word) => {
    if (typeof word !== 'string' && typeof word !== 'number') throw broken(`${JSON.stringify(word)} in a list`);
    if (words(String(word)).length !== 1) throw broken(`${JSON.stringify(word)} is not one word`);
    return String(word);
  });
}

function readPairs(list: readonly string[]): Pair[] {
  if (list.length < 2 || list.length % 2 !== 0) throw broken(`${list.length} words where pairs belong`);
  const pairs: Pair[] = [];
  const prefixes = new Set<string>();
  for (let i = 0; i < list.length; i += 2) {
    const [number, prefix] = [list[i]!, list[i + 1]!];
    const weight = Number(number);
    if (!/^\d+\.\d+$/.test(number) || !(weight > 0) || !Number.isFinite(weight)) {
      throw broken(`"${number}" is no weight above 0 in plain decimals`);
    }
    checkPrefix(prefix, prefixes);
    pairs.push({ key: prefix, weight });
  }
  if (pairs.length >= 32_767) throw broken(`${pairs.length} datasets`);
  return pairs;
}

function readBare(list: readonly string[] | null): ParsedSplit {
  if (!list) return null;
  if (list.length === 0) throw broken('a split is an empty list');
  const prefixes = new Set<string>();
  return list.map((prefix) => {
    checkPrefix(prefix, prefixes);
    return { key: prefix, weight: null };
  });
}

function checkPrefix(prefix: string, seen: Set<string>): void {
  const ascii = prefix.replaceAll('_', '').toLowerCase().replace(/^[+-]/, '');
  if (!Number.isNaN(Number(ascii)) || ['inf', 'infinity', 'nan'].includes(ascii)) {
    throw broken(`the prefix "${prefix}" reads as a number`);
  }
  if (prefix.endsWith('.bin') || prefix.endsWith('.idx')) throw broken(`the prefix "${prefix}" is a file name`);
  if (seen.has(prefix)) throw broken(`the prefix "${prefix}" stands twice`);
  seen.add(prefix);
}

function readMeta(content: string): Pair[] {
  const { domains } = JSON.parse(content) as { domains: { prefix: string; weight: string }[] };
  return readPairs(domains.flatMap(({ prefix, weight }) => [weight, prefix]));
}

function broken(why: string): ExportMismatchError {
  return new ExportMismatchError(`megatron: the file is not what the trainer reads: ${why}`);
}
