import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commonOptions, readOptions } from '../export/options.js';
import { formatNames, formats } from './registry.js';

const folder = fileURLToPath(new URL('./', import.meta.url));
const pages = fileURLToPath(new URL('../../../../docs/trainers/', import.meta.url));
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What a file imports to run: imports of types leave no trace in the program. */
const imports = (path: string) =>
  [...readFileSync(`${folder}${path}`, 'utf8').matchAll(/^import (?!type )[^;]*from '([^']+)'/gm)].map(
    ([, from]) => from!,
  );

/** The files of a format that read, not write: parse.ts and what it is divided into. */
const readers = (name: string) =>
  readdirSync(`${folder}${name}`).filter((file) => /^parse.*(?<!\.spec)\.ts$/.test(file));

/** Trainers that count to fewer than 300 sources, and how many. */
const smallTrainers: Readonly<Record<string, number>> = { 'gpt-neox': 254 };

describe('the registry', () => {
  it('knows every folder of this one, under its own name', () => {
    expect([...formatNames].sort()).toEqual(folders.sort());
    for (const name of formatNames) expect(formats[name]!.name).toBe(name);
  });

  it.each(folders)('%s: the parser shares no code with the writer', (name) => {
    expect(readers(name)).toContain('parse.ts');
    const allowed = /^(?:\.\.\/\.\.\/reading\/[a-z-]+\.js|\.\/parse[a-z-]*\.js|[a-z@][^.]*)$/;
    for (const file of readers(name)) {
      expect(
        imports(`${name}/${file}`).filter((from) => !allowed.test(from) || from.startsWith('#')),
        file,
      ).toEqual([]);
    }
    expect(imports(`${name}/write.ts`).filter((from) => /parse|reading/.test(from))).toEqual([]);
  });

  it.each(formatNames)('%s says what it is, what it needs and what each option means', (name) => {
    const { trainer, description, needs, options, units, unit, example } = formats[name]!;
    for (const text of [trainer, description]) expect(text).toMatch(/\w/);
    expect(needs).toMatch(/\.$/);
    expect(units).toContain(unit(readOptions(name, options, example)));
    for (const [option, { kind, description, choices, default: standard }] of Object.entries(options)) {
      expect(Object.hasOwn(commonOptions, option), `${option} is an option of every format`).toBe(false);
      expect(description).toMatch(/\w/);
      expect(choices !== undefined).toBe(kind === 'choice');
      if (choices && standard !== undefined) expect(choices).toContain(standard);
    }
  });

  it.each(formatNames)('%s takes 300 domains, or says why its trainer does not', (name) => {
    expect(formats[name]!.maxDomains).toBeGreaterThanOrEqual(smallTrainers[name] ?? 300);
    if (smallTrainers[name]) expect(formats[name]!.maxDomains).toBe(smallTrainers[name]);
  });

  it.each(formatNames)('%s has golden files', (name) => {
    for (const proof of ['one-phase', 'two-phases', 'hostile-names.txt']) {
      expect(existsSync(`${folder}${name}/golden/${proof}`), proof).toBe(true);
    }
  });

  it.each(formatNames)('%s has a page', (name) => {
    expect(existsSync(`${pages}${name}.md`), `docs/trainers/${name}.md`).toBe(true);
  });
});
