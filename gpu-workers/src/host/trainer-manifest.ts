import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One trainer of this worker. Nothing in it comes from the API. */
export interface TrainerEntry {
  /** A Node program; it gets the path of assignment.json as its last argument. */
  script: string;
  /** Fixed arguments before that path. */
  arguments?: readonly string[];
  /** A run which takes longer is stopped and reported as failed. */
  wallTimeSeconds: number;
}

/** What this worker can run, by the name a sweep gives: the worker's own list, never the API's. */
export type TrainerManifest = Readonly<Record<string, TrainerEntry>>;

const sixHours = 6 * 3600;

export const builtInTrainers: TrainerManifest = {
  transformer: { script: inThisPackage('../trainers/transformer/main.js'), wallTimeSeconds: sixHours },
};

/** From source, where only main.ts lies beside us, the built program in dist/ is run. */
function inThisPackage(relative: string): string {
  const beside = fileURLToPath(new URL(relative, import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL(`../../../dist/gpu-workers/src/host/${relative}`, import.meta.url));
}
