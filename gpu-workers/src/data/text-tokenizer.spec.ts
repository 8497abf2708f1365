import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from './data.errors.js';
import { loadDomain } from './load-domain.js';
import { loadTokenizer } from './text-tokenizer.js';
import { tokenise } from './token-cache.js';

const fixtures = new URL('../../fixtures/', import.meta.url);
const path = fileURLToPath(new URL('tokenizer.json', fixtures));
const reference = JSON.parse(readFileSync(new URL('tokenizer-reference.json', fixtures), 'utf8')) as {
  text: string;
  ids: number[];
}[];
const file = JSON.parse(readFileSync(path, 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'cuvee-tokenizer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function changed(change: object): string {
  const changedPath = join(folder, 'changed.json');
  writeFileSync(changedPath, JSON.stringify({ ...file, ...change }));
  return changedPath;
}
const tokenizer = loadTokenizer(path, 1000);
const bytesOf = (text: string) => Buffer.from(text);

describe('a tokenizer', () => {
  it('gives the tokens that merging by rank gives, on any text', () => {
    for (const { text, ids } of reference) expect([...tokenizer.encode(bytesOf(text))], text).toEqual(ids);
  });

  it('counts the bytes of every token, and one for the end of a document', () => {
    for (const { text } of reference) {
      const tokens = tokenizer.encode(bytesOf(text));
      const lengths = tokenizer.byteLengths(bytesOf(text), tokens);
      expect(lengths.length).toBe(tokens.length + 1);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(bytesOf(text).length + 1);
      expect(lengths.every((length) => Number.isInteger(length) && length > 0)).toBe(true);
    }
    // "é" is two bytes and here two tokens of one.
    const text = bytesOf('qé');
    expect([...tokenizer.byteLengths(text, tokenizer.encode(text))]).toEqual([1, 1, 1, 1]);
  });

  it('that changes the text shares its bytes out among the tokens', () => {
    const lower = loadTokenizer(
      changed({ normalizer: { type: 'Replace', pattern: { String: 'a' }, content: '' } }),
      1000,
    );
    const text = bytesOf('banana bread');
    const tokens = lower.encode(text);
    const lengths = lower.byteLengths(text, tokens);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeCloseTo(text.length + 1, 5);
  });

  it('needs a model that knows its tokens, and says how many that are', () => {
    expect(() => loadTokenizer(path, 557)).not.toThrow();
    expect(() => loadTokenizer(path, 556)).toThrow(
      new ConfigurationError('vocabulary: the tokenizer has 557 tokens, the model only 556; set vocabulary to 557'),
    );
  });

  it('needs a token that ends a document, and a file that can be read', () => {
    expect(() => loadTokenizer(changed({ added_tokens: [] }), 1000)).toThrow(/no token to end a document with/);
    expect(() => loadTokenizer(join(folder, 'none.json'), 1000)).toThrow(/the file cannot be used: ENOENT/);
    writeFileSync(join(folder, 'changed.json'), '{');
    expect(() => loadTokenizer(join(folder, 'changed.json'), 1000)).toThrow(ConfigurationError);
  });

  it('refuses text that it has no token for, and does not take it for its first token', () => {
    const model = { type: 'WordLevel', vocab: { '<|endoftext|>': 0, known: 1 }, unk_token: '[UNK]' };
    const words = loadTokenizer(
      changed({ model, added_tokens: [], normalizer: null, pre_tokenizer: { type: 'Whitespace' }, decoder: null }),
      1000,
    );
    expect([...words.encode(bytesOf('known known'))]).toEqual([1, 1]);
    expect(() => words.encode(bytesOf('known stranger'))).toThrow(
      new ConfigurationError('tokenizer: it has no token for "stranger", and none for what it does not know'),
    );
  });
});

describe('the cache of tokens', () => {
  const documents = reference.map(({ text }) => bytesOf(text));
  const tokens = documents.map((document) => tokenizer.encode(document));

  it('gives what the tokenizer gave, without asking it again', () => {
    const own = join(folder, 'cache');
    expect(tokenise(documents, tokenizer, own)).toEqual(tokens);
    const deaf = { ...tokenizer, encode: () => expect.fail('asked again') };
    expect(tokenise(documents, deaf, own)).toEqual(tokens);
    expect(readdirSync(own)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.tokens$/)]);
  });

  it('has nothing for other documents or another tokenizer', () => {
    const own = join(folder, 'cache-2');
    tokenise(documents, tokenizer, own);
    let asked = 0;
    const counting = {
      ...tokenizer,
      encode(document: Uint8Array) {
        asked++;
        return tokenizer.encode(document);
      },
    };
    tokenise(documents.slice(1), counting, own);
    expect(asked).toBe(documents.length - 1);
    tokenise(documents, { ...counting, fingerprint: 'other' }, own);
    expect(asked).toBe(2 * documents.length - 1);
  });

  it('takes a damaged entry for none: a wrong id would reach past the model', () => {
    const own = join(folder, 'cache-4');
    tokenise(documents, tokenizer, own);
    const entry = join(own, readdirSync(own)[0]!);
    const whole = readFileSync(entry);
    for (const damaged of [
      Buffer.from('broken'),
      Buffer.alloc(0),
      whole.subarray(0, -4),
      Buffer.concat([whole.subarray(0, -4), Buffer.alloc(4, 0x7f)]),
    ]) {
      writeFileSync(entry, damaged);
      expect(tokenise(documents, tokenizer, own)).toEqual(tokens);
      expect(readFileSync(entry).equals(whole)).toBe(true);
    }
  });

  it('loses what no run has used for a month, and what was never finished', () => {
    const own = join(folder, 'cache-3');
    tokenise(documents, tokenizer, own);
    tokenise(documents.slice(1), tokenizer, own);
    for (const name of readdirSync(own)) {
      writeFileSync(join(own, `${name}.half`), '');
      for (const old of [name, `${name}.half`]) utimesSync(join(own, old), 1, 1);
    }
    expect(readdirSync(own)).toHaveLength(4);
    // Reading an entry is using it.
    expect(tokenise(documents, tokenizer, own)).toEqual(tokens);
    tokenise(documents.slice(2), tokenizer, own);
    expect(readdirSync(own)).toHaveLength(2);
  });

  it('that cannot be written costs nothing but time', () => {
    writeFileSync(join(folder, 'a-file'), '');
    expect(tokenise(documents, tokenizer, join(folder, 'a-file', 'cache'))).toEqual(tokens);
  });
});

it('a domain is loaded as tokens, each document ended, with the bytes of the held-out ones', () => {
  const texts = Array.from({ length: 200 }, (_, i) => `Straße number ${i}: bananer.`);
  const domain = { name: 'made-up', path: join(folder, 'domain.jsonl') };
  writeFileSync(domain.path, texts.map((text) => JSON.stringify({ text })).join('\n'));
  const options = { heldOutShare: 0.3, minimumTokens: 9, trains: true };
  const plain = loadDomain(domain, options);
  const { training, heldOut, heldOutLengths } = loadDomain(domain, { ...options, tokenizer });
  expect(plain.heldOutLengths).toBeNull();
  const ends = (tokens: ArrayLike<number>, end: number) => Array.from(tokens).filter((token) => token === end).length;
  expect(ends(training, tokenizer.separator)).toBe(ends(plain.training, 0));
  expect(heldOut.at(-1)).toBe(tokenizer.separator);
  expect(heldOutLengths).toHaveLength(heldOut.length);
  expect(heldOutLengths!.reduce((sum, length) => sum + length, 0)).toBe(plain.heldOut.length);
});
