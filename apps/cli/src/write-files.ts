import { access, constants, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { CommandFailed, UnusableInput } from './cli.errors.js';
import { explainFileError } from './explain-file-error.js';

export interface TextFile {
  /** Relative to the folder. */
  path: string;
  content: string;
}

/**
 * Writes the files below `folder` and returns their absolute paths. Each appears whole or not at all: it is written
 * beside its place and renamed, and none is renamed before all are written. Without `replace`, a file that exists and differs is refused.
 */
export async function writeFiles(folder: string, files: readonly TextFile[], replace: boolean): Promise<string[]> {
  const root = resolve(folder);
  const paths = files.map(({ path }) => {
    const full = resolve(root, path);
    if (!full.startsWith(root + sep)) throw new CommandFailed(`refused to write ${path}: it lies outside ${root}`);
    return full;
  });
  const lost: string[] = [];
  for (const [index, path] of paths.entries()) if (await differs(path, files[index]?.content ?? '')) lost.push(path);
  if (lost.length > 0 && !replace) {
    throw new UnusableInput(
      `${lost.join(', ')} ${lost.length === 1 ? 'exists' : 'exist'} with other content: --force replaces`,
    );
  }
  const written: { temporary: string; path: string }[] = [];
  let current = root;
  try {
    for (const [index, path] of paths.entries()) {
      current = path;
      await makeFolder(dirname(path));
      const temporary = join(dirname(path), `.${process.pid}-${index}.partial`);
      written.push({ temporary, path });
      await writeFile(temporary, files[index]?.content ?? '', { flag: 'wx' });
    }
    for (const { temporary, path } of written) {
      current = path;
      await rename(temporary, path);
    }
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true });
    throw new CommandFailed(`cannot write ${current}: ${explainFileError(error)}`, { cause: error });
  }
  return paths;
}

/** Throws UnusableInput when a file could not be written at `path`: better said before the work than after it. */
export async function assertWritable(path: string): Promise<void> {
  const full = resolve(path);
  const fail = (why: string) => new UnusableInput(`cannot write ${path}: ${why}`);
  if ((await stat(full).catch(() => null))?.isDirectory()) throw fail('it is a folder');
  for (let folder = dirname(full); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null);
    if (found === null && folder !== dirname(folder)) continue;
    if (!found?.isDirectory()) throw fail(`${folder} is a file, not a folder`);
    await access(folder, constants.W_OK).catch((error) => {
      throw fail(`${folder}: ${explainFileError(error)}`);
    });
    return;
  }
}

/** Like mkdir with `recursive`, which never returns where a file system (/proc) answers ENOENT to any new folder. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    const parent = dirname(path);
    if ((await stat(parent).catch(() => null))?.isDirectory()) throw error;
    await makeFolder(parent);
    await mkdir(path);
  }
}

/** Whether something else is there already: it would be lost. */
async function differs(path: string, content: string): Promise<boolean> {
  try {
    return (await readFile(path, 'utf8')) !== content;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
