import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formatNames, formats } from './registry.js';

const folder = fileURLToPath(new URL('./', import.meta.url));
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What a file imports to run: imports of types leave no trace in the program. */
const imports = (path: string) =>
  [...readFileSync(`${folder}${path}`, 'utf8').matchAll(/^import (?!type )[^;]*from '([^']+)'/gm)].map(
    ([, from]) => from!,
  );

describe('the registry', () => {
  it('knows every folder of this one, under its own name', () => {
    expect([...formatNames].sort()).toEqual(folders.sort());
    for (const name of formatNames) expect(formats[name]!.name).toBe(name);
  });

  it.each(folders)('%s: the parser shares no code with the writer', (name) => {
    const shared = imports(`${name}/parse.ts`).filter((from) => from.startsWith('.'));
    expect(shared.filter((from) => from !== '../../export-mismatch.error.js')).toEqual([]);
    expect(imports(`${name}/write.ts`)).not.toContain('./parse.js');
  });

  it.each(formatNames)('%s says what it is, what it needs and what each option means', (name) => {
    const { description, needs, options, maxDomains } = formats[name]!;
    expect(description).toMatch(/\w/);
    expect(needs).toMatch(/\.$/);
    expect(maxDomains).toBeGreaterThanOrEqual(300);
    for (const option of Object.values(options)) expect(option.description).toMatch(/\w/);
  });
});
