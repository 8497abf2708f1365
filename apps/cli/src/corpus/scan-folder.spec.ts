import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCorpusSchema } from '#libs/contracts';
import { scanFolder } from './scan-folder.js';

let data: string;
let folder: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'cuvee-scan-'));
  folder = join(data, 'mine');
  mkdirSync(folder);
});

describe('scanFolder', () => {
  it('makes a domain of each text file, JSON lines file and folder, with tokens counted as the trainer counts them', () => {
    writeFileSync(join(folder, 'web.txt'), 'hällo\n');
    writeFileSync(join(folder, 'news.jsonl'), '{"text":"ab"}\n\n{"text":"cde"}\n');
    writeFileSync(join(folder, 'forum posts.jsonl.gz'), gzipSync('{"text":"ab"}\n{"text":"cde"}\n'));
    mkdirSync(join(folder, 'code'));
    writeFileSync(join(folder, 'code', 'a.py'), 'print(1)');
    writeFileSync(join(folder, '.hidden'), 'x');
    writeFileSync(join(folder, 'notes.pdf'), 'x');
    const { domains, leftOut } = scanFolder(folder, data);
    expect(domains.map(({ name, source, tokens, documents }) => [name, source, tokens, documents])).toEqual([
      ['code', 'mine/code', 9, 1],
      ['forum-posts', 'mine/forum posts.jsonl.gz', 7, 2],
      ['news', 'mine/news.jsonl', 7, 2],
      ['web', 'mine/web.txt', 7, 1],
    ]);
    expect(domains[1]?.contentHash).toBe(domains[2]?.contentHash);
    expect(leftOut).toEqual(['.hidden', 'notes.pdf']);
    expect(createCorpusSchema.safeParse({ name: 'mine', domains }).success).toBe(true);
  });

  it('refuses a domain without text by its name', () => {
    writeFileSync(join(folder, 'full.txt'), 'text');
    writeFileSync(join(folder, 'hollow.txt'), '\n\n');
    expect(() => scanFolder(folder, data)).toThrow(/domain "hollow" has no text/);
  });

  it('refuses what cannot be read, naming domain and line', () => {
    writeFileSync(join(folder, 'bad.jsonl'), '{"text":"a"}\n{"txt":1}\n');
    expect(() => scanFolder(folder, data)).toThrow(/domain "bad" cannot be read: bad\.jsonl, line 2/);
  });

  it('refuses two entries of one name, a single domain, and a folder outside the data folder', () => {
    writeFileSync(join(folder, 'web.txt'), 'text');
    expect(() => scanFolder(folder, data)).toThrow(/one domain only/);
    writeFileSync(join(folder, 'web.jsonl'), '{"text":"a"}\n');
    expect(() => scanFolder(folder, data)).toThrow(/web\.jsonl and web\.txt would both be the domain "web"/);
    expect(() => scanFolder(folder, join(data, 'other'))).toThrow(/does not lie in the workers' data folder/);
    expect(() => scanFolder(join(data, 'absent'), data)).toThrow(/cannot read the folder/);
  });

  it('takes the data folder itself', () => {
    rmdirSync(folder);
    writeFileSync(join(data, 'a.txt'), 'a');
    writeFileSync(join(data, 'b.txt'), 'b');
    expect(scanFolder(data, data).domains.map(({ source }) => source)).toEqual(['a.txt', 'b.txt']);
  });
});
