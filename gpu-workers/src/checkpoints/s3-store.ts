import { mkdir, rm } from 'node:fs/promises';
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
import { filesFolder, type Manifest, manifestName, parseManifest } from './manifest.js';
import type { S3Bucket } from './s3-bucket.js';

/** Checkpoints in a bucket of S3 or of a store that speaks its protocol. The trainer writes to the worker's disk. */
export class S3Store implements CheckpointStore {
  readonly name: string;
  readonly #prefix: string;

  /** @param prefix without a slash at either end; may be empty */
  constructor(
    private readonly bucket: S3Bucket,
    prefix: string,
  ) {
    this.name = `s3://${bucket.name}/${prefix}`;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  async workspace(key: Pick<CheckpointKey, 'runId' | 'attempt'>, scratch: string): Promise<string> {
    const folder = join(scratch, `checkpoints-${safeRunId(key.runId)}-${safeNumber(key.attempt)}`);
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  async releaseWorkspace(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }

  /** The manifest comes last: an upload that is cut short leaves files that belong to nothing. */
  async save(key: CheckpointKey, folder: string, manifest: Manifest): Promise<void> {
    const place = this.#place(key);
    // The same step again must not be complete while its files change.
    await this.bucket.delete(`${place}/${manifestName}`);
    for (const { name, bytes } of manifest.files) {
      await this.bucket.put(`${place}/${filesFolder}/${name}`, { file: join(folder, name), bytes });
    }
    await this.bucket.put(`${place}/${manifestName}`, JSON.stringify(manifest));
    await rm(folder, { recursive: true, force: true });
  }

  async list(runId: string): Promise<CheckpointKey[]> {
    const keys: CheckpointKey[] = [];
    for await (const { key } of this.bucket.list(`${this.#prefix}${safeRunId(runId)}/`)) {
      const found = this.#parse(key);
      if (found?.name === manifestName) keys.push(found.key);
    }
    return keys;
  }

  async manifest(key: CheckpointKey): Promise<Manifest> {
    const text = await this.bucket.text(`${this.#place(key)}/${manifestName}`);
    if (text === null) throw new DamagedCheckpoint('it is gone');
    return parseManifest(text, key);
  }

  /** The names come from a manifest, whose schema lets none lead out of the folder. */
  async fetch(key: CheckpointKey, manifest: Manifest, scratch: string): Promise<string> {
    const folder = join(scratch, `resume-${checkpointPath(key).slice(1).join('-')}`);
    for (const { name } of manifest.files) {
      const file = join(folder, name);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const there = await this.bucket.download(`${this.#place(key)}/${filesFolder}/${name}`, file);
      if (!there) throw new DamagedCheckpoint(`${name} is gone`);
    }
    return folder;
  }

  async remove(key: CheckpointKey): Promise<void> {
    await this.#deleteAll(await this.#keysBelow(`${this.#place(key)}/`));
  }

  async removeAttempts(
    last: Pick<CheckpointKey, 'runId' | 'attempt'>,
    keep: (key: CheckpointKey) => boolean,
  ): Promise<number> {
    const below = await this.#keysBelow(`${this.#prefix}${safeRunId(last.runId)}/`);
    return this.#deleteAll(
      below.filter((name) => {
        const found = this.#parse(name);
        return found !== null && found.key.attempt <= last.attempt && !keep(found.key);
      }),
    );
  }

  async removeOlderThan(then: Date): Promise<number> {
    const runs = new Map<string, { last: number; keys: string[] }>();
    for await (const { key, modified } of this.bucket.list(this.#prefix)) {
      const found = this.#parse(key);
      if (found === null || found.key.final) continue;
      const run = runs.get(found.key.runId) ?? { last: 0, keys: [] };
      run.last = Math.max(run.last, modified.getTime());
      run.keys.push(key);
      runs.set(found.key.runId, run);
    }
    let removed = 0;
    for (const { last, keys } of runs.values()) if (last < then.getTime()) removed += await this.#deleteAll(keys);
    return removed;
  }

  #place(key: CheckpointKey): string {
    return this.#prefix + checkpointPath(key).join('/');
  }

  /** Null for an object that is no part of a checkpoint: somebody else's. */
  #parse(objectKey: string): { key: CheckpointKey; name: string } | null {
    const [runId, attempt, step, ...name] = objectKey.slice(this.#prefix.length).split('/');
    if (runId === undefined || attempt === undefined || step === undefined) return null;
    const key = parseCheckpointPath(runId, attempt, step);
    return key && { key, name: name.join('/') };
  }

  async #keysBelow(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.bucket.list(prefix)) keys.push(key);
    return keys;
  }

  /** Manifests first: a removal that is cut short never leaves what looks complete. */
  async #deleteAll(keys: readonly string[]): Promise<number> {
    const isManifest = (key: string): boolean => this.#parse(key)?.name === manifestName;
    for (const key of keys.filter(isManifest)) await this.bucket.delete(key);
    for (const key of keys.filter((each) => !isManifest(each))) await this.bucket.delete(key);
    return keys.length;
  }
}
