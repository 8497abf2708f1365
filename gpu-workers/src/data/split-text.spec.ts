import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitRule, splitText } from './split-text.js';

const split = (text: string) => [...splitText(Buffer.from(text))].map((document) => Buffer.from(document).toString());
const paragraph = (letter: string, bytes: number) => letter.repeat(bytes);

describe('splitText', () => {
  it('groups paragraphs into documents of at least 2 kB that end at a blank line', () => {
    const text = ['a', 'b', 'c', 'd', 'e'].map((letter) => paragraph(letter, 900)).join('\n\n');
    expect(split(text).map((document) => document.replace(/(.)\1+/g, '$1'))).toEqual(['a\n\nb\n\nc', 'd\n\ne']);
  });

  it('takes a line of spaces or a carriage return for blank', () => {
    for (const blank of ['\n\n', '\r\n\r\n', '\n \t\n']) {
      expect(split(`${paragraph('a', 3000)}${blank}${paragraph('b', 10)}`)).toHaveLength(2);
    }
  });

  it('cuts at a line end after 16 kB where there is no blank line, and at 32 kB where there is no line end', () => {
    const lines = `${paragraph('x', 999)}\n`.repeat(40);
    expect(split(lines).map((document) => document.length)).toEqual([16_999, 16_999, 5999]);
    expect(split(paragraph('y', 70_000)).map((document) => document.length)).toEqual([32_768, 32_768, 4464]);
  });

  it('gives no document for a text of line ends', () => {
    expect(split('')).toEqual([]);
    expect(split('\n\n\r\n\n')).toEqual([]);
  });

  it('loses nothing but line ends, and keeps every document within its bounds', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom('\n', '\n\n', '\r\n\r\n', '\n \n'),
      fc.integer({ min: 1, max: 40_000 }).map((bytes) => paragraph('z', bytes)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const documents = split(text);
        const bare = (value: string) => value.replace(/[\r\n]/g, '');
        expect(bare(documents.join(''))).toBe(bare(Buffer.from(text).toString()));
        for (const document of documents)
          expect(Buffer.byteLength(document)).toBeLessThanOrEqual(splitRule.maximumBytes);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});
