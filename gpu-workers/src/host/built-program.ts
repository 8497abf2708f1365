import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a compiled program, given relative to this folder: from source, the one in dist/. */
export function builtProgram(relative: string): string {
  const beside = fileURLToPath(new URL(relative, import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL(`../../../dist/gpu-workers/src/host/${relative}`, import.meta.url));
}
