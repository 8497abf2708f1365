import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { DataError } from './data.errors.js';
import { readDocuments } from './read-documents.js';

const folder = mkdtempSync(join(tmpdir(), 'cuvee-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const read = (path: string) => [...readDocuments(path)].map((document) => Buffer.from(document).toString());

describe('readDocuments', () => {
  const lines = '{"text":"one","id":1}\n\n{"id":2,"text":"zwei ü"}\r\n{"text":""}\n{"text":"drei"}';

  it('reads the text of each line of .jsonl, packed or not', () => {
    expect(read(write('a.jsonl', lines))).toEqual(['one', 'zwei ü', 'drei']);
    expect(read(write('a.jsonl.gz', gzipSync(lines)))).toEqual(['one', 'zwei ü', 'drei']);
  });

  it('names the file and line that is not JSON or has no text', () => {
    expect(() => read(write('b.jsonl', '{"text":"x"}\nnonsense'))).toThrow(new DataError('b.jsonl, line 2: not JSON'));
    for (const bad of ['{"content":"x"}', '{"text":3}', 'null']) {
      expect(() => read(write('c.jsonl', bad))).toThrow(new DataError('c.jsonl, line 1: no string field "text"'));
    }
  });

  it('says when a file is missing or a .gz is damaged', () => {
    expect(() => read(join(folder, 'absent.txt'))).toThrow(/no such file or folder: .*absent\.txt/);
    expect(() => read(write('d.jsonl.gz', gzipSync(lines).subarray(0, 20)))).toThrow(/d\.jsonl\.gz cannot be unpacked/);
  });

  it('reads a folder of text in the order of names, without hidden files, links and binaries', () => {
    const root = join(folder, 'tree');
    mkdirSync(join(root, 'b'), { recursive: true });
    mkdirSync(join(root, '.git'));
    writeFileSync(join(root, 'c.md'), 'third');
    writeFileSync(join(root, 'b', 'z.txt'), 'second');
    writeFileSync(join(root, 'a.jsonl'), '{"text":"first"}');
    writeFileSync(join(root, '.hidden'), 'no');
    writeFileSync(join(root, '.git', 'x.txt'), 'no');
    writeFileSync(join(root, 'picture.bin'), Buffer.from([1, 0, 2]));
    symlinkSync(join(root, 'c.md'), join(root, 'link.md'));
    symlinkSync(folder, join(root, 'loop'));
    expect(read(root)).toEqual(['first', 'second', 'third']);
  });
});
