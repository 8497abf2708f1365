import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { ConfigurationError } from './data.errors.js';

/** Token ids of a text; of bytes, where bytes are the tokens. */
export type Tokens = Uint8Array | Int32Array;

export interface TextTokenizer {
  /** Ends every document in a stream of tokens. */
  separator: number;
  /** Tells tokenizers apart: a hash of the file. */
  fingerprint: string;
  /** @throws ConfigurationError for a piece of text that it has no token for */
  encode(document: Uint8Array): Int32Array;
  /** [tokens + 1]: bytes that each token of the document stands for, the separator at its end counting as one. */
  byteLengths(document: Uint8Array, tokens: Int32Array): Float32Array;
}

/** What separates documents in tokenizers that are in use, in the order in which they are looked for. */
const separatorNames = [
  '<|endoftext|>',
  '<|end_of_text|>',
  '</s>',
  '<eos>',
  '<|eos|>',
  '[EOS]',
  '<｜end▁of▁sentence｜>',
  '[SEP]',
];

/** The parts of a tokenizer.json that are read here; the package reads the rest. */
interface TokenizerFile {
  added_tokens?: { id: number; content: string }[];
  pre_tokenizer?: unknown;
  decoder?: unknown;
}

/**
 * A Hugging Face tokenizer.json. Special tokens that it would add to a text are left out; its end-of-text token stands
 * between documents.
 * @param vocabulary the ids that the model knows: 0 up to, not including, this
 * @throws ConfigurationError when it cannot be read, has no end-of-text token, or has more tokens than the model
 */
export function loadTokenizer(path: string, vocabulary: number): TextTokenizer {
  const { file, tokenizer, fingerprint } = read(path);
  const known = tokenizer.get_vocab(true);
  let size = 0;
  for (const id of known.values()) size = Math.max(size, id + 1);
  if (size > vocabulary) {
    throw new ConfigurationError(
      `vocabulary: the tokenizer has ${size} tokens, the model only ${vocabulary}; set vocabulary to ${size}`,
    );
  }
  const separator = separatorNames.map((name) => known.get(name)).find((id) => id !== undefined);
  if (separator === undefined) {
    throw new ConfigurationError(
      `tokenizer: it has no token to end a document with; one of ${separatorNames.join(', ')} is needed`,
    );
  }
  const lengths = tokenLengths(file, known, size);
  const decoder = new TextDecoder();
  return {
    separator,
    fingerprint,
    encode(document) {
      const { ids, tokens } = tokenizer.encode(decoder.decode(document), { add_special_tokens: false });
      // The package gives undefined, which a typed array would take for token 0.
      const unknown = ids.findIndex((id: unknown) => !Number.isInteger(id));
      if (unknown >= 0) {
        throw new ConfigurationError(
          `tokenizer: it has no token for ${JSON.stringify(tokens[unknown]?.slice(0, 100))}, and none for what it does not know`,
        );
      }
      return Int32Array.from(ids);
    },
    byteLengths: (document, tokens) => share(document.length, tokens, lengths),
  };
}

function read(path: string): { file: TokenizerFile; tokenizer: Tokenizer; fingerprint: string } {
  try {
    const bytes = readFileSync(path);
    const file = JSON.parse(bytes.toString('utf8')) as TokenizerFile;
    const fingerprint = createHash('sha256').update(bytes).digest('hex');
    return { file, tokenizer: new Tokenizer(file, {}), fingerprint };
  } catch (error) {
    const { message } = error as Error;
    throw new ConfigurationError(`tokenizer: the file cannot be used: ${message}`, { cause: error });
  }
}

/** Bytes of each token. One of a byte-level tokenizer has a character for each byte. */
function tokenLengths(file: TokenizerFile, known: ReadonlyMap<string, number>, size: number): Float32Array {
  const byteLevel = JSON.stringify([file.pre_tokenizer, file.decoder]).includes('"ByteLevel"');
  const added = new Set((file.added_tokens ?? []).map(({ content }) => content));
  const lengths = new Float32Array(size);
  for (const [token, id] of known) {
    if (byteLevel && !added.has(token)) lengths[id] = [...token].length;
    else if (/^<0x[0-9A-F]{2}>$/.test(token)) lengths[id] = 1;
    // SentencePiece writes a space as U+2581.
    else lengths[id] = Buffer.byteLength(token.replaceAll('\u2581', ' '));
  }
  return lengths;
}

/**
 * A tokenizer that keeps every byte gives lengths that sum to the document's. One that normalises the text or puts a
 * space before it does not: then each token stands for its share of the document.
 */
function share(bytes: number, tokens: Int32Array, lengths: Float32Array): Float32Array {
  const own = Float32Array.from({ length: tokens.length + 1 }, (_, i) =>
    i < tokens.length ? lengths[tokens[i]!]! : 1,
  );
  let sum = 0;
  for (const token of tokens) sum += lengths[token]!;
  if (sum !== bytes) for (let i = 0; i < tokens.length; i++) own[i]! *= bytes / sum;
  return own;
}
