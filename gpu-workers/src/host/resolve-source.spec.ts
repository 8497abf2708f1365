import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveTokenizer } from './resolve-source.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cuvee-resolve-')));
const root = join(folder, 'data');
mkdirSync(join(root, 'tokenizers'), { recursive: true });
writeFileSync(join(root, 'tokenizers/tokenizer.json'), '{}');
writeFileSync(join(folder, 'outside.json'), '{}');
symlinkSync(join(folder, 'outside.json'), join(root, 'link.json'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('resolveTokenizer', () => {
  it('finds a file below the data folder', async () => {
    expect(await resolveTokenizer(root, 'tokenizers/tokenizer.json')).toBe(join(root, 'tokenizers/tokenizer.json'));
  });

  it.each([
    ['none.json', 'tokenizer: "none.json" does not exist'],
    ['link.json', 'tokenizer: "link.json" leads out of'],
    ['../outside.json', 'tokenizer: "../outside.json" leads out of'],
  ])('refuses %s', async (path, message) => {
    await expect(resolveTokenizer(root, path)).rejects.toThrow(message);
  });
});
