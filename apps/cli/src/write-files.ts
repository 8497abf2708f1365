import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { CommandFailed, UnusableInput } from './cli.errors.js';

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
  try {
    for (const [index, path] of paths.entries()) {
      await mkdir(dirname(path), { recursive: true });
      const temporary = join(dirname(path), `.${process.pid}-${index}.partial`);
      written.push({ temporary, path });
      await writeFile(temporary, files[index]?.content ?? '', { flag: 'wx' });
    }
    for (const { temporary, path } of written) await rename(temporary, path);
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true });
    throw new CommandFailed(`cannot write below ${root}: ${(error as Error).message}`, { cause: error });
  }
  return paths;
}

/** Whether something else is there already: it would be lost. */
async function differs(path: string, content: string): Promise<boolean> {
  try {
    return (await readFile(path, 'utf8')) !== content;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
