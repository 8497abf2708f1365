import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function goldenFolder(format: string): string {
  return fileURLToPath(new URL(`../src/formats/${format}/golden`, import.meta.url));
}

/** The hostile names that the format takes with the options of its example, as its golden file lists them. */
export function namesWritten(format: string): string[] {
  const [, written = ''] = readFileSync(join(goldenFolder(format), 'hostile-names.txt'), 'utf8').split(/^written:\n/m);
  return written
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as string);
}
