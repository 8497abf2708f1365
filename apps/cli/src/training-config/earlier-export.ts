// An export that a folder holds already: its sidecar says which files were written, and their digests whether anybody
// has touched them since.
import { readFile } from 'node:fs/promises';
import { digestOf, type ExportedFile, exportTag, readSidecar, type Sidecar, sidecarPath } from '#libs/training-configs';
import { pathInside } from '../write-files.js';

interface EarlierFile {
  readonly path: string;
  readonly state: 'untouched' | 'edited' | 'missing';
}

export interface EarlierExport {
  readonly sidecar: Sidecar;
  readonly files: readonly EarlierFile[];
  /** Of the files as they are now, whoever wrote them; null where one is missing. */
  readonly tag: string | null;
}

/** The earlier export of this format in the folder; null where it has no sidecar that we can read. */
export async function readEarlierExport(folder: string, format: string): Promise<EarlierExport | null> {
  const path = sidecarPath(format);
  const content = await readFileOrNull(folder, path);
  const sidecar = content === null ? null : readSidecar(content);
  if (content === null || sidecar === null || sidecar.format !== format) return null;
  const files: EarlierFile[] = [];
  const found: ExportedFile[] = [{ path, content }];
  for (const { path, sha256 } of sidecar.files) {
    const content = await readFileOrNull(folder, path);
    if (content !== null) found.push({ path, content });
    const state = content === null ? 'missing' : digestOf({ path, content }).sha256 === sha256 ? 'untouched' : 'edited';
    files.push({ path, state });
  }
  return { sidecar, files, tag: found.length === files.length + 1 ? exportTag(found) : null };
}

/** Null for what is not there, cannot be read, or lies outside the folder. */
async function readFileOrNull(folder: string, path: string): Promise<string | null> {
  const full = pathInside(folder, path);
  return full === null ? null : readFile(full, 'utf8').catch(() => null);
}
