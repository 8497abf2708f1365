import { basename } from 'node:path';
import type { CanonicalDomain, ExportedFile } from '#libs/training-configs';
import { readStandardInput } from '../read-input.js';
import { readTextFile } from '../read-text-file.js';
import { readCorpus } from '../training-config/read-corpus.js';

export interface ConfigFileOptions {
  format: string;
  corpus?: string;
  json?: boolean;
}

/** A trainer's configuration that the user has; "-" reads standard input. Throws UnusableInput. */
export async function readConfigFile(path: string): Promise<ExportedFile> {
  if (path === '-') return { path: 'standard input', content: await readStandardInput() };
  return { path: basename(path), content: (await readTextFile(path, 'kept')).text };
}

export async function domainsOf(corpus: string | undefined): Promise<readonly CanonicalDomain[]> {
  return corpus === undefined ? [] : (await readCorpus(corpus)).domains;
}
