import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ExportedFile } from '../format.js';

export interface FileDigest {
  readonly path: string;
  readonly sha256: string;
}

export function digestOf(file: ExportedFile): FileDigest {
  return { path: file.path, sha256: bytesToHex(sha256(utf8ToBytes(file.content))) };
}

/**
 * One text for the content of an export, whatever order its files stand in: the ETag that the API sends, and what a
 * client recomputes from a folder to ask whether anything changed.
 */
export function exportTag(files: readonly ExportedFile[]): string {
  const lines = files.map(digestOf).map(({ path, sha256 }) => `${sha256}  ${path}\n`);
  return bytesToHex(sha256(utf8ToBytes(lines.sort().join(''))));
}
