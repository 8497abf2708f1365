// Tokens of a domain's documents, kept on disk between the runs of a worker.
//
// Every run of a sweep tokenises the same text, which takes a tokenizer in JavaScript longer than many a run trains. An
// entry is named by a hash of the tokenizer's file and of every document, so it can be stale in no way, and begins with
// a hash of its tokens, since a damaged id would reach past the model's embedding. It holds 4 bytes for each token and
// document. Entries appear whole (written beside and renamed), so workers may share the folder; those that no run has
// used for a month go. One that cannot be read or written costs nothing but time.

import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TextTokenizer } from './text-tokenizer.js';

const unusedMilliseconds = 30 * 24 * 3600 * 1000;
const hashBytes = 32;

/** Tokens of every document, from the folder's cache or, and then into it, from the tokenizer. */
export function tokenise(
  documents: readonly Uint8Array[],
  tokenizer: TextTokenizer,
  folder: string | undefined,
): Int32Array[] {
  if (folder === undefined) return documents.map((document) => tokenizer.encode(document));
  const path = join(folder, `${nameOf(documents, tokenizer)}.tokens`);
  const kept = readEntry(path, documents.length);
  if (kept) return kept;
  const tokens = documents.map((document) => tokenizer.encode(document));
  writeEntry(folder, path, tokens);
  return tokens;
}

function nameOf(documents: readonly Uint8Array[], { fingerprint }: TextTokenizer): string {
  const hash = createHash('sha256').update(fingerprint);
  for (const document of documents) hash.update(`\n${document.length}\n`).update(document);
  return hash.digest('hex');
}

/** Layout: SHA-256 of all that follows; then, int32, the number of tokens of each document, and all tokens. */
function readEntry(path: string, documents: number): Int32Array[] | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    return undefined;
  }
  const content = bytes.subarray(hashBytes);
  if (!bytes.subarray(0, hashBytes).equals(hashOf(content))) return undefined;
  const values = new Int32Array(content.buffer, content.byteOffset, content.byteLength / 4);
  let offset = documents;
  return Array.from(values.subarray(0, documents), (count) => {
    offset += count;
    return values.subarray(offset - count, offset);
  });
}

function writeEntry(folder: string, path: string, tokens: readonly Int32Array[]): void {
  const values = new Int32Array(tokens.reduce((total, { length }) => total + length, tokens.length));
  values.set(tokens.map(({ length }) => length));
  let offset = tokens.length;
  for (const document of tokens) {
    values.set(document, offset);
    offset += document.length;
  }
  const content = new Uint8Array(values.buffer);
  const unfinished = `${path}.${randomUUID()}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    removeUnused(folder);
    try {
      writeFileSync(unfinished, hashOf(content));
      writeFileSync(unfinished, content, { flag: 'a' });
      renameSync(unfinished, path);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
  } catch (error) {
    process.stderr.write(`tokens could not be kept in the work folder: ${(error as Error).message}\n`);
  }
}

/** Entries of text that no run reads any more, and what workers that were killed left unfinished. */
function removeUnused(folder: string): void {
  const oldest = Date.now() - unusedMilliseconds;
  for (const name of readdirSync(folder).filter((entry) => entry.includes('.tokens'))) {
    const path = join(folder, name);
    const used = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (used !== undefined && used < oldest) rmSync(path, { force: true });
  }
}

function hashOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
