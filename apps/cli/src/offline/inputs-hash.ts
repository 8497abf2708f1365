import { createHash } from 'node:crypto';

/** One hash over the texts that went in, each under its role, so that a result can name exactly what it came from. */
export function hashInputs(texts: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256');
  for (const role of Object.keys(texts).sort()) {
    hash.update(`${role}\0${Buffer.byteLength(texts[role]!)}\0`).update(texts[role]!);
  }
  return `sha256:${hash.digest('hex')}`;
}
