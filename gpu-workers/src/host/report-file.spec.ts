import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReportFile } from './report-file.js';

let folder: string;
let path: string;
let taken: string;
let file: ReportFile;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-file-'));
  path = join(folder, 'reports.jsonl');
  taken = '';
  file = new ReportFile(path, (chunk) => {
    taken += chunk.toString();
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a file of reports', () => {
  it('may appear late, and what is appended is taken once', async () => {
    await file.read();
    expect(taken).toBe('');
    for (const part of ['{"a"', ':1}\n', `${'x'.repeat(200_000)}\n`]) {
      appendFileSync(path, part);
      await file.read();
      await file.read();
    }
    expect(taken).toBe(`{"a":1}\n${'x'.repeat(200_000)}\n`);
  });

  it('is read from its beginning when it became shorter or was replaced', async () => {
    writeFileSync(path, 'one\ntwo\n');
    await file.read();
    truncateSync(path, 0);
    appendFileSync(path, 'three\n');
    await file.read();
    writeFileSync(`${path}.new`, 'another, and a longer one\n');
    renameSync(`${path}.new`, path);
    await file.read();
    expect(taken).toBe('one\ntwo\nthree\nanother, and a longer one\n');
  });

  it('is neither a link nor a pipe', async () => {
    writeFileSync(join(folder, 'secret'), 'secret');
    symlinkSync(join(folder, 'secret'), path);
    await expect(file.read()).rejects.toThrow('ELOOP');
    rmSync(path);
    execFileSync('mkfifo', [path]);
    await expect(file.read()).rejects.toThrow('reports.jsonl is no file');
    expect(taken).toBe('');
  });
});
