import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DataError } from './data.errors.js';
import { placeOf } from './held-out-split.js';
import { documentSeparator, loadDomain } from './load-domain.js';
import type { Tokens } from './text-tokenizer.js';

const isHeldOut = (document: Uint8Array, share: number) => placeOf(document).side < share;
const folder = mkdtempSync(join(tmpdir(), 'cuvee-domain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function domainOf(texts: string[]) {
  const path = join(folder, `${Math.abs(texts.join().length)}-${texts.length}.jsonl`);
  writeFileSync(path, texts.map((text) => JSON.stringify({ text })).join('\n'));
  return { name: 'letters', path };
}
const options = { heldOutShare: 0.25, minimumTokens: 9, trains: true };
const documentsOf = (side: Tokens) =>
  Buffer.from(side)
    .toString()
    .split(String.fromCharCode(documentSeparator))
    .filter((document) => document !== '');

describe('loadDomain', () => {
  it('puts about the asked share aside, and no document on both sides, even when it comes twice', () => {
    const texts = Array.from({ length: 2000 }, (_, i) => `document number ${i % 1500}`);
    const { training, heldOut } = loadDomain(domainOf(texts), options);
    const [kept, aside] = [documentsOf(training), documentsOf(heldOut)];
    expect(kept.length + aside.length).toBe(2000);
    expect(aside.length / 2000).toBeGreaterThan(0.2);
    expect(aside.length / 2000).toBeLessThan(0.3);
    expect(aside.filter((document) => kept.includes(document))).toEqual([]);
  });

  it('decides a document’s side by its bytes alone: more documents move none of the others', () => {
    const texts = Array.from({ length: 50 }, (_, i) => `text ${i}`);
    const before = documentsOf(loadDomain(domainOf(texts), options).heldOut);
    const after = documentsOf(loadDomain(domainOf(['another', ...texts, 'one more']), options).heldOut);
    expect(after.filter((document) => texts.includes(document))).toEqual(before);
  });

  it('holds more out as the share grows, never less', () => {
    const documents = Array.from({ length: 300 }, (_, i) => Buffer.from(`d${i}`));
    const heldOut = (share: number) => documents.filter((document) => isHeldOut(document, share));
    expect(heldOut(0.4)).toEqual(expect.arrayContaining(heldOut(0.1)));
    expect(heldOut(0)).toEqual([]);
    expect(heldOut(1)).toEqual(documents);
  });

  it('names a domain that has no text, no held-out text, or too little', () => {
    const training = Array.from({ length: 100 }, (_, i) => `kept ${i}`).filter(
      (text) => !isHeldOut(Buffer.from(text), options.heldOutShare),
    );
    const load = (texts: string[], change = {}) => loadDomain(domainOf(texts), { ...options, ...change });
    expect(() => load([])).toThrow(new DataError('domain "letters" has no text'));
    expect(() => load(training)).toThrow(/domain "letters": none of its \d+ documents falls on the held-out side/);
    const texts = Array.from({ length: 40 }, (_, i) => `text ${i}`);
    expect(() => load(texts, { minimumTokens: 200 })).toThrow(
      /domain "letters" has too little held-out text: \d+ tokens, one sequence needs 200/,
    );
    const heldOut = Array.from({ length: 200 }, (_, i) => `aside ${i}`).filter((text) =>
      isHeldOut(Buffer.from(text), 0.25),
    );
    expect(() => load(heldOut)).toThrow(
      'domain "letters" has too little training text: 0 tokens, one sequence needs 9',
    );
    expect(load(heldOut, { trains: false }).training.length).toBe(0);
  });
});
