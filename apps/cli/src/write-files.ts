import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { CommandFailed, UnusableInput } from './cli.errors.js';
import { explainFileError } from './explain-file-error.js';

export interface TextFile {
  /** Relative to the folder. */
  path: string;
  content: string;
}

/**
 * Writes the files below `folder`, in place of those that are there, and returns their absolute paths. Each appears
 * whole or not at all: it is written beside its place and renamed, and none is renamed before all are written.
 * @param obsolete paths that are removed once every file but the last is in its place, with the folders this empties
 */
export async function writeFiles(
  folder: string,
  files: readonly TextFile[],
  obsolete: readonly string[] = [],
): Promise<string[]> {
  const root = resolve(folder);
  const written = files.map(({ path, content }) => {
    const full = pathInside(root, path);
    if (full === null) throw new CommandFailed(`refused to write ${path}: it lies outside ${root}`);
    return { path: full, content, temporary: join(dirname(full), `.${randomUUID()}.partial`) };
  });
  let current = root;
  try {
    for (const { path, temporary, content } of written) {
      current = path;
      await makeFolder(dirname(path));
      await writeFile(temporary, content, { flag: 'wx', flush: true });
    }
    for (const [index, { temporary, path }] of written.entries()) {
      if (index === written.length - 1) await removeFiles(root, obsolete);
      current = path;
      await rename(temporary, path);
    }
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true });
    throw new CommandFailed(`cannot write ${current}: ${explainFileError(error)}`, { cause: error });
  }
  return written.map(({ path }) => path);
}

/** The absolute path of a file below the folder; null for one that lies elsewhere. */
export function pathInside(folder: string, path: string): string | null {
  const root = resolve(folder);
  const full = resolve(root, path);
  return full.startsWith(root.endsWith(sep) ? root : root + sep) ? full : null;
}

async function removeFiles(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const full = pathInside(root, path);
    if (full === null) continue;
    await rm(full, { force: true });
    for (let folder = dirname(full); folder !== root; folder = dirname(folder)) {
      // Not empty, or gone: either way there is nothing more to remove.
      if (
        !(await rmdir(folder).then(
          () => true,
          () => false,
        ))
      )
        break;
    }
  }
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
