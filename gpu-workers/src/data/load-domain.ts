import { DataError } from './data.errors.js';
import { placeOf } from './held-out-split.js';
import { keepDocuments } from './keep-documents.js';
import { readDocuments } from './read-documents.js';
import type { TextTokenizer, Tokens } from './text-tokenizer.js';
import { tokenise } from './token-cache.js';

/** Ends every document in a stream of bytes; text has no byte 0 of its own. */
export const documentSeparator = 0;

export interface DomainText {
  name: string;
  /** Documents joined by the separator. */
  training: Tokens;
  heldOut: Tokens;
  /** Bytes that each held-out token stands for; null where the tokens are the bytes. */
  heldOutLengths: Float32Array | null;
}

export interface LoadingOptions {
  heldOutShare: number;
  /** The least that either side must hold: one sequence and its last target. */
  minimumTokens: number;
  /** Whether the training side is needed at all: its weight is above 0. */
  trains: boolean;
  /** Tokens of the training side to keep at most, of which the run will draw so many; all when absent. */
  keep?: { tokens: number; draws: number };
  /** Bytes are the tokens when absent. */
  tokenizer?: TextTokenizer;
  /** Where token-cache.ts keeps tokens; nowhere when absent. */
  cacheFolder?: string;
}

/** A document as tokens, the separator at its end included in `length` but not in `tokens`. */
interface Document {
  tokens: Tokens;
  length: number;
  rank: number;
}

/** Loads a domain, splits it and keeps what is asked for. Throws DataError naming the domain. */
export function loadDomain(domain: { name: string; path: string }, options: LoadingOptions): DomainText {
  const { tokenizer, heldOutShare, minimumTokens, keep = { tokens: Number.POSITIVE_INFINITY, draws: 0 } } = options;
  const bytes = readAll(domain);
  const tokens = tokenizer ? tokenise(bytes, tokenizer, options.cacheFolder) : bytes;
  const training: Document[] = [];
  const heldOut: Document[] = [];
  const lengths: Float32Array[] = [];
  for (const [index, document] of bytes.entries()) {
    const { side, rank } = placeOf(document);
    const own = tokens[index]!;
    (side < heldOutShare ? heldOut : training).push({ tokens: own, length: own.length + 1, rank });
    if (tokenizer && side < heldOutShare) lengths.push(tokenizer.byteLengths(document, own as Int32Array));
  }
  if (heldOut.length === 0) {
    throw new DataError(
      `domain "${domain.name}": none of its ${bytes.length} documents falls on the held-out side; add documents or raise heldOutShare (${heldOutShare})`,
    );
  }
  const separator = tokenizer?.separator ?? documentSeparator;
  const available = sum(training);
  const wanted = Math.max(minimumTokens, Math.round(keep.tokens));
  const repetitionError = describeRepetitionError(keep, minimumTokens, available);
  if (repetitionError) process.stderr.write(`domain "${domain.name}": ${repetitionError}\n`);
  const text: DomainText = {
    name: domain.name,
    training: join(training, wanted < available ? keepDocuments(training, wanted) : undefined, separator),
    heldOut: join(heldOut, undefined, separator),
    heldOutLengths: tokenizer ? concatenate(lengths) : null,
  };
  requireTokens(domain.name, 'held-out', text.heldOut, minimumTokens);
  if (options.trains) requireTokens(domain.name, 'training', text.training, minimumTokens);
  return text;
}

/** Where a domain cannot be repeated as often as in the large run: why, and what happens instead. */
function describeRepetitionError(
  keep: { tokens: number; draws: number },
  minimumTokens: number,
  available: number,
): string | undefined {
  if (!Number.isFinite(keep.tokens) || keep.draws === 0) return undefined;
  const wanted = Math.round(keep.tokens);
  if (wanted < minimumTokens) {
    return (
      `${wanted} tokens would be kept to repeat it as the large run does, but one sequence needs ${minimumTokens}: ` +
      'so many are kept, and it is repeated less often'
    );
  }
  if (available >= Math.min(wanted, keep.draws)) return undefined;
  return (
    `${wanted} tokens would be kept to repeat it as the large run does, but this worker has only ${available}: ` +
    'all of them are used, and it is repeated more often'
  );
}

function readAll(domain: { name: string; path: string }): Uint8Array[] {
  let documents: Uint8Array[];
  try {
    documents = [...readDocuments(domain.path)];
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`domain "${domain.name}": ${error.message}`, { cause: error });
  }
  if (documents.length === 0) throw new DataError(`domain "${domain.name}" has no text`);
  return documents;
}

function requireTokens(domain: string, side: string, text: Tokens, minimum: number): void {
  if (text.length >= minimum) return;
  throw new DataError(
    `domain "${domain}" has too little ${side} text: ${text.length} tokens, one sequence needs ${minimum}`,
  );
}

function sum(documents: readonly { length: number }[]): number {
  return documents.reduce((total, { length }) => total + length, 0);
}

/** All documents, each followed by the separator; or so many tokens of each. */
function join(documents: readonly Document[], kept: readonly number[] | undefined, separator: number): Tokens {
  const size = kept ? kept.reduce((total, length) => total + length, 0) : sum(documents);
  const joined = documents[0]?.tokens instanceof Int32Array ? new Int32Array(size) : new Uint8Array(size);
  let offset = 0;
  for (const [index, { tokens, length }] of documents.entries()) {
    const taken = kept?.[index] ?? length;
    joined.set(tokens.subarray(0, taken), offset);
    if (taken === length) joined[offset + taken - 1] = separator;
    offset += taken;
  }
  return joined;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(sum(parts));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
