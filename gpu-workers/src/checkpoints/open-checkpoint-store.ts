import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { CheckpointStore } from './checkpoint-store.js';
import { FolderStore } from './folder-store.js';
import { S3Bucket } from './s3-bucket.js';
import { S3Store } from './s3-store.js';

/** What CUVEE_CHECKPOINTS may be, for a message that does not show it. */
export const checkpointPlaces = 'a folder, or s3://bucket/prefix';

export function isCheckpointPlace(place: string): boolean {
  return !/^[a-z][a-z0-9+.-]+:\/\//i.test(place) || parseS3(place) !== null;
}

/** Throws RangeError for a place that is neither. */
export function openCheckpointStore(place: string): CheckpointStore {
  const s3 = parseS3(place);
  if (s3 !== null) return new S3Store(new S3Bucket(s3.bucket), s3.prefix);
  if (!isCheckpointPlace(place)) throw new RangeError(`checkpoints are kept in ${checkpointPlaces}`);
  return new FolderStore(resolve(place));
}

/** Removes what runs left that will not come back; in the background, and trouble with it stops nobody. */
export async function removeOldCheckpoints(store: CheckpointStore, keepDays: number, logger: Logger): Promise<void> {
  try {
    const removed = await store.removeOlderThan(new Date(Date.now() - keepDays * 86_400_000));
    if (removed > 0) logger.info({ store: store.name, removed, keepDays }, 'old checkpoints were removed');
  } catch (error) {
    logger.warn({ err: error, store: store.name }, 'old checkpoints could not be removed');
  }
}

function parseS3(place: string): { bucket: string; prefix: string } | null {
  const [, bucket, rest = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/[A-Za-z0-9!_.*'()/-]*)?$/.exec(place) ?? [];
  return bucket === undefined ? null : { bucket, prefix: rest.replace(/^\/+|\/+$/g, '') };
}
