import { readFileSync } from 'node:fs';

/** The version of this program, which its results carry. */
export function packageVersion(): string {
  // From dist/apps/cli/src as from apps/cli/src: the nearest package.json upwards is the project's.
  for (let url = new URL('./', import.meta.url); url.pathname !== '/'; url = new URL('../', url)) {
    try {
      return (JSON.parse(readFileSync(new URL('package.json', url), 'utf8')) as { version: string }).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'unknown';
}
