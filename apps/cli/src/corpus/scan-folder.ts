import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { CorpusDomain } from '#libs/contracts';
import { readDocuments } from '../../../../gpu-workers/src/data/read-documents.js';
import { UnusableInput } from '../cli.errors.js';
import { explainFileError } from '../explain-file-error.js';

const extensions = ['.jsonl.gz', '.jsonl', '.txt'];

export interface ScannedFolder {
  domains: CorpusDomain[];
  /** Names of the entries that are no domain: hidden, or with another extension. */
  leftOut: string[];
}

/**
 * One domain for each .txt, .jsonl, .jsonl.gz and folder directly below `folder`, read with the trainer's own rules:
 * its tokens are bytes, one more for each document's end. `dataRoot` is the folder that the workers read from;
 * `folder` must lie in it. Throws UnusableInput naming the domain which cannot be trained on.
 */
export function scanFolder(folder: string, dataRoot: string, onDomain?: (domain: CorpusDomain) => void): ScannedFolder {
  const root = resolve(folder);
  const entries = entriesOf(root);
  const below = relative(resolve(dataRoot), root);
  if (below === '..' || below.startsWith(`..${sep}`) || resolve(dataRoot, below) !== root) {
    throw new UnusableInput(
      `${root} does not lie in the workers' data folder ${resolve(dataRoot)}: move it there, or name another data folder ` +
        'with --data or CUVEE_DATA, or its home with --home or CUVEE_HOME (the same as for "cuvee up" and "cuvee worker")',
    );
  }
  const scanned: ScannedFolder = { domains: [], leftOut: [] };
  const sources = new Map<string, string>();
  for (const entry of entries) {
    const path = join(root, entry);
    const extension = extensions.find((candidate) => entry.endsWith(candidate));
    const isFolder = statSync(path).isDirectory();
    if (entry.startsWith('.') || (!isFolder && extension === undefined)) {
      scanned.leftOut.push(entry);
      continue;
    }
    const name = domainName(isFolder ? entry : entry.slice(0, -(extension?.length ?? 0)));
    const earlier = sources.get(name);
    if (earlier !== undefined) {
      throw new UnusableInput(`${earlier} and ${entry} would both be the domain "${name}": rename one of them`);
    }
    sources.set(name, entry);
    const domain = { name, source: join(below, entry).split(sep).join('/'), ...measure(path, name) };
    scanned.domains.push(domain);
    onDomain?.(domain);
  }
  if (scanned.domains.length < 2) {
    throw new UnusableInput(
      `${root} holds ${scanned.domains.length === 1 ? 'one domain only' : 'no domain'}: a mixture needs at least two ` +
        `(each a ${extensions.toReversed().join(', ')} file or a folder of text)`,
    );
  }
  return scanned;
}

function entriesOf(root: string): string[] {
  try {
    return readdirSync(root).sort();
  } catch (error) {
    throw new UnusableInput(`cannot read the folder ${root}: ${explainFileError(error)}`, { cause: error });
  }
}

/** A file name as a domain's name: what a name may not hold becomes "-". */
function domainName(stem: string): string {
  const name = stem.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  if (name === '') throw new UnusableInput(`"${stem}" makes no domain name: begin it with a letter or digit`);
  return name.slice(0, 100);
}

function measure(path: string, name: string): Pick<CorpusDomain, 'tokens' | 'documents' | 'contentHash'> {
  const hash = createHash('sha256');
  const end = Uint8Array.of(0);
  let tokens = 0;
  let documents = 0;
  try {
    for (const document of readDocuments(path)) {
      hash.update(document).update(end);
      tokens += document.length + 1;
      documents += 1;
    }
  } catch (error) {
    throw new UnusableInput(`domain "${name}" cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (documents === 0) throw new UnusableInput(`domain "${name}" has no text (${path})`);
  return { tokens, documents, contentHash: `sha256:${hash.digest('hex')}` };
}
