import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ExportedFile, sidecarPath } from '#libs/training-configs';
import { UnusableInput } from '../cli.errors.js';
import { explainFileError } from '../explain-file-error.js';
import { assertWritable, writeFiles } from '../write-files.js';
import type { EarlierExport } from './earlier-export.js';

export interface WrittenExport {
  /** False when the folder held exactly these files: then nothing was touched. */
  readonly changed: boolean;
  /** Absolute paths of the whole export. */
  readonly files: string[];
  /** Files of the earlier export that this one no longer has: removed, unless somebody had edited them. */
  readonly removed: string[];
  readonly kept: string[];
}

/**
 * Writes an export into a folder, the sidecar last: where that is interrupted, digests and files disagree, and the next
 * export mends it. Files of an earlier export that nobody edited are replaced; any other file with other content is
 * refused (UnusableInput) unless `force`.
 */
export async function writeExport(
  folder: string,
  format: string,
  files: readonly ExportedFile[],
  earlier: EarlierExport | null,
  force: boolean,
): Promise<WrittenExport> {
  const root = resolve(folder);
  const sidecar = sidecarPath(format);
  const states = new Map(earlier?.files.map(({ path, state }) => [path, state]));
  const differing: ExportedFile[] = [];
  const edited: string[] = [];
  const foreign: string[] = [];
  for (const file of files) {
    const there = await contentAt(join(root, file.path));
    if (there === file.content) continue;
    differing.push(file);
    if (there === null) await assertWritable(join(root, file.path));
    const ours = states.get(file.path) === 'untouched' || (earlier !== null && file.path === sidecar);
    if (there === null || ours) continue;
    (states.has(file.path) ? edited : foreign).push(join(root, file.path));
  }
  if (!force) refuseToLose(edited, foreign);

  const current = new Set(files.map(({ path }) => path));
  const gone = (earlier?.files ?? []).filter(({ path }) => !current.has(path));
  const removed = gone.filter(({ state }) => state === 'untouched').map(({ path }) => path);
  const kept = gone.filter(({ state }) => state === 'edited').map(({ path }) => join(root, path));
  const changed = differing.length > 0 || removed.length > 0;
  if (changed) {
    const ordered = differing.sort((a, b) => Number(a.path === sidecar) - Number(b.path === sidecar));
    await writeFiles(root, ordered, removed);
  }
  return {
    changed,
    files: files.map(({ path }) => join(root, path)),
    removed: removed.map((path) => join(root, path)),
    kept,
  };
}

function refuseToLose(edited: readonly string[], foreign: readonly string[]): void {
  const have = (paths: readonly string[]) => (paths.length === 1 ? 'has' : 'have');
  const complaints = [
    ...(edited.length > 0 ? [`${edited.join(', ')} ${have(edited)} been edited since Cuvée wrote it`] : []),
    ...(foreign.length > 0
      ? [`${foreign.join(', ')} ${foreign.length === 1 ? 'exists' : 'exist'} with other content`]
      : []),
  ];
  if (complaints.length > 0)
    throw new UnusableInput(
      `${complaints.join('; ')}: --force replaces ${edited.length + foreign.length === 1 ? 'it' : 'them'}, and another --out leaves what is there`,
    );
}

/**
 * Null where nothing is there; undefined for a file that cannot be read, which can still be replaced. Throws
 * UnusableInput for what cannot: a folder, or what lies in one that is closed to us.
 */
async function contentAt(path: string): Promise<string | null | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    const found = await stat(path).catch(() => null);
    if (found?.isFile()) return undefined;
    throw new UnusableInput(`cannot write ${path}: ${explainFileError(error)}`, { cause: error });
  }
}
