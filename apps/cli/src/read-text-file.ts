import { readFile } from 'node:fs/promises';
import type { LabelledText } from '#libs/run-tables';
import { UnusableInput } from './cli.errors.js';
import { explainFileError } from './explain-file-error.js';

/**
 * The text of a file in UTF-8, labelled with its path. Throws UnusableInput.
 * @param mark whether a byte order mark stays, for who must tell what another reader makes of it
 */
export async function readTextFile(path: string, mark: 'dropped' | 'kept' = 'dropped'): Promise<LabelledText> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new UnusableInput(`cannot read ${path}: ${explainFileError(error)}`, { cause: error });
  }
  try {
    return { label: path, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: mark === 'kept' }).decode(bytes) };
  } catch (error) {
    throw new UnusableInput(`${path} is not text in UTF-8`, { cause: error });
  }
}
