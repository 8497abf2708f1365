import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError } from './data.errors.js';
import { splitText } from './split-text.js';

/** Longest file, and longest unpacked file, that is read: Node's own limit for one buffer on every version. */
export const maximumFileBytes = 2 ** 31 - 1;

/**
 * The documents at `path`, as bytes: a .jsonl or .jsonl.gz gives the `text` field of each line; a folder gives its
 * files, recursively, in the order of their names by code unit; any other file is text, split by splitText's rule.
 * In a folder, hidden files and folders, links and files with a NUL byte in their first 8 kB (not text) are left out.
 * Throws DataError, naming file and line, when something is missing or cannot be read.
 */
export function* readDocuments(path: string): Generator<Uint8Array> {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry) throw new DataError(`no such file or folder: ${path}`);
  if (entry.isDirectory()) yield* readFolder(path);
  else yield* readFile(path);
}

function* readFolder(path: string): Generator<Uint8Array> {
  const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.isDirectory()) yield* readFolder(join(path, entry.name));
    else if (entry.isFile()) yield* readFile(join(path, entry.name), { skipBinary: true });
  }
}

function* readFile(path: string, { skipBinary = false } = {}): Generator<Uint8Array> {
  const bytes = readBytes(path);
  if (path.endsWith('.jsonl.gz')) yield* readLines(unpack(bytes, path), path);
  else if (path.endsWith('.jsonl')) yield* readLines(bytes, path);
  else if (!skipBinary || !bytes.subarray(0, 8192).includes(0)) yield* splitText(bytes);
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new DataError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function unpack(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maximumFileBytes });
  } catch (error) {
    throw new DataError(`${path} cannot be unpacked: ${(error as Error).message}`, { cause: error });
  }
}

function* readLines(bytes: Uint8Array, path: string): Generator<Uint8Array> {
  const decoder = new TextDecoder();
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    const text = decoder.decode(bytes.subarray(start, end)).trim();
    if (text !== '') {
      const document = Buffer.from(parseText(text, `${basename(path)}, line ${line}`), 'utf8');
      if (document.length > 0) yield document;
    }
    start = end + 1;
  }
}

function parseText(json: string, where: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new DataError(`${where}: not JSON`, { cause: error });
  }
  const text = (value as { text?: unknown } | null)?.text;
  if (typeof text !== 'string') throw new DataError(`${where}: no string field "text"`);
  return text;
}
