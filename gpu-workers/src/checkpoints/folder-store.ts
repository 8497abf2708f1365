import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type CheckpointKey,
  checkpointPath,
  DamagedCheckpoint,
  parseCheckpointPath,
  safeNumber,
  safeRunId,
} from './checkpoint-key.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { filesFolder, type Manifest, manifestName, parseManifest, sync } from './manifest.js';

/** What the trainer is writing. No step has this name. */
const workspaceName = 'writing';

/** Checkpoints in a folder, on one machine or on a file system that the workers share. */
export class FolderStore implements CheckpointStore {
  readonly name: string;

  constructor(private readonly root: string) {
    this.name = root;
  }

  /** On the store's own file system, so that a finished checkpoint is moved and not copied. */
  async workspace(key: Pick<CheckpointKey, 'runId' | 'attempt'>): Promise<string> {
    const folder = join(this.root, safeRunId(key.runId), safeNumber(key.attempt), workspaceName);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  async releaseWorkspace(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    const attempt = dirname(folder);
    await removeIfEmpty(attempt);
    await removeIfEmpty(dirname(attempt));
  }

  /** One rename makes it a checkpoint: before it there is none, after it the files and the manifest are on the disk. */
  async save(key: CheckpointKey, folder: string, manifest: Manifest): Promise<void> {
    const target = this.#folder(key);
    const attempt = join(target, '..');
    const sealing = join(attempt, `sealing-${key.step}`);
    await rm(sealing, { recursive: true, force: true });
    await mkdir(sealing, { mode: 0o700 });
    await rename(folder, join(sealing, filesFolder));
    await writeFile(join(sealing, manifestName), JSON.stringify(manifest), { flag: 'wx', flush: true });
    await sync(sealing);
    // The same step again, after a resumption within the attempt: the newer one counts.
    await removeFolder(target);
    await rename(sealing, target);
    await sync(attempt);
  }

  async list(runId: string): Promise<CheckpointKey[]> {
    const keys: CheckpointKey[] = [];
    for (const attempt of await namesIn(join(this.root, safeRunId(runId)))) {
      for (const step of await namesIn(join(this.root, runId, attempt))) {
        const key = parseCheckpointPath(runId, attempt, step);
        if (key && (await exists(join(this.#folder(key), manifestName)))) keys.push(key);
      }
    }
    return keys;
  }

  async manifest(key: CheckpointKey): Promise<Manifest> {
    const text = await readFile(join(this.#folder(key), manifestName), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new DamagedCheckpoint('it is gone');
      throw error;
    });
    return parseManifest(text, key);
  }

  /** Where it lies: nothing is copied. */
  async fetch(key: CheckpointKey): Promise<string> {
    return join(this.#folder(key), filesFolder);
  }

  async remove(key: CheckpointKey): Promise<void> {
    await removeFolder(this.#folder(key));
  }

  async removeAttempts(
    last: Pick<CheckpointKey, 'runId' | 'attempt'>,
    keep: (key: CheckpointKey) => boolean,
  ): Promise<number> {
    let removed = 0;
    const run = join(this.root, safeRunId(last.runId));
    for (const attempt of await namesIn(run)) {
      if (!(Number(attempt) <= last.attempt)) continue;
      const folder = join(run, attempt);
      for (const step of await namesIn(folder)) {
        const key = parseCheckpointPath(last.runId, attempt, step);
        if (key && keep(key)) continue;
        await removeFolder(join(folder, step));
        removed += 1;
      }
      await removeIfEmpty(folder);
    }
    await removeIfEmpty(run);
    return removed;
  }

  async removeOlderThan(then: Date): Promise<number> {
    let removed = 0;
    for (const runId of await namesIn(this.root)) {
      const attempts = (await namesIn(join(this.root, runId))).filter((name) => /^[1-9]\d*$/.test(name));
      // A folder that is no run's is somebody else's.
      if (attempts.length === 0 || !isRunId(runId)) continue;
      const written = await Promise.all(attempts.map((attempt) => lastWritten(join(this.root, runId, attempt))));
      if (Math.max(...written) >= then.getTime()) continue;
      removed += await this.removeAttempts({ runId, attempt: Number.MAX_SAFE_INTEGER }, ({ final }) => final);
    }
    return removed;
  }

  #folder(key: CheckpointKey): string {
    return join(this.root, ...checkpointPath(key));
  }
}

/** Without its manifest first: a removal that is cut short never leaves what looks complete. */
async function removeFolder(folder: string): Promise<void> {
  await rm(join(folder, manifestName), { force: true });
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** When a checkpoint of this attempt was last begun, finished or removed. */
async function lastWritten(attempt: string): Promise<number> {
  const paths = [attempt, join(attempt, workspaceName)];
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times);
}

function isRunId(name: string): boolean {
  try {
    return safeRunId(name) === name;
  } catch {
    return false;
  }
}
