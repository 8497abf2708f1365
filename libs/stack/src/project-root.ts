import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds prisma/: found by walking up, since this file runs both from libs/ and from dist/libs/. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'prisma', 'schema.prisma'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('prisma/schema.prisma was not found above this program: is the copy complete?');
    folder = parent;
  }
  return folder;
}
