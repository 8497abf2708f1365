import { strToU8, zipSync } from 'fflate';
import type { ExportedFile } from '#libs/training-configs';

/**
 * An archive of these files whose bytes depend on nothing but them. The format holds local time without a zone, so the
 * earliest day it knows is given in local time too: the bytes are the same wherever the service runs.
 */
export function zipFiles(files: readonly ExportedFile[]): Uint8Array {
  const mtime = new Date(1980, 0, 1, 12);
  return zipSync(Object.fromEntries(files.map(({ path, content }) => [path, [strToU8(content), { mtime }]])));
}
