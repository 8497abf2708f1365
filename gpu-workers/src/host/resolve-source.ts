import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  constructor(
    message: string,
    /** True when the worker's own data folder is at fault, not the name that the corpus gives. */
    readonly rootMissing: boolean,
  ) {
    super(message);
  }
}

/**
 * The path of one domain's text. Symbolic links are followed first, so that neither `..` nor a link leads out of the
 * data folder. Throws SourceError naming the domain; the message holds no path of this machine.
 */
export async function resolveSource(dataRoot: string, domain: { name: string; source: string }): Promise<string> {
  return resolveBelow(dataRoot, `domain "${domain.name}"`, domain.source);
}

/** The same of a tokenizer.json. */
export async function resolveTokenizer(dataRoot: string, path: string): Promise<string> {
  return resolveBelow(dataRoot, 'tokenizer', path);
}

async function resolveBelow(dataRoot: string, what: string, source: string): Promise<string> {
  let root: string;
  try {
    root = await realpath(dataRoot);
  } catch {
    throw new SourceError("this worker's data folder does not exist", true);
  }
  let path: string;
  try {
    path = await realpath(join(root, source));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unusable name'})`;
    throw new SourceError(`${what}: "${source}" ${why} in this worker's data folder`, false);
  }
  if (!path.startsWith(root + sep)) {
    throw new SourceError(`${what}: "${source}" leads out of this worker's data folder`, false);
  }
  return path;
}
