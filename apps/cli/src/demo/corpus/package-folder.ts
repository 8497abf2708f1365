import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailed } from '../../cli.errors.js';

export interface PackageFolder {
  /** Absolute path. */
  readonly path: string;
  /** The version that is installed, which the lockfile fixes. */
  readonly version: string;
}

/** Where the project's own node_modules hold a package: searched upwards, from the source tree as from dist. */
export function packageFolder(name: string): PackageFolder {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'node_modules', ...name.split('/'));
    const manifest = join(path, 'package.json');
    if (existsSync(manifest)) {
      return { path, version: (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version };
    }
  }
  throw new CommandFailed(`the demo's text comes from the package ${name}, which is not installed: run npm ci`);
}

/** Files below `folder`, with / between the parts, in code-unit order: the same on every machine. */
export function listFiles(folder: string): string[] {
  const found: string[] = [];
  const walk = (below: string) => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules') walk(path);
      } else if (entry.isFile()) found.push(path);
    }
  };
  walk('');
  return found.sort((a, b) => (a < b ? -1 : 1));
}
