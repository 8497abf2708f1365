import type { CheckpointKey } from './checkpoint-key.js';
import type { Manifest } from './manifest.js';

/**
 * Where checkpoints are kept. Every method rejects with the store's own error when it cannot be reached; a checkpoint
 * that is listed was written whole. Two attempts never write the same names.
 */
export interface CheckpointStore {
  /** For messages; holds no secret. */
  readonly name: string;
  /** An empty folder for what this attempt's trainer writes. `scratch`: a folder on the worker's disk that goes with it. */
  workspace(key: Pick<CheckpointKey, 'runId' | 'attempt'>, scratch: string): Promise<string>;
  /** Removes such a folder and, where nothing else is left of the attempt or its run, their own. */
  releaseWorkspace(folder: string): Promise<void>;
  /** Takes the folder over: after this it is the checkpoint, whole, or (when this rejects) there is none. */
  save(key: CheckpointKey, folder: string, manifest: Manifest): Promise<void>;
  /** The complete checkpoints of a run, in no order. */
  list(runId: string): Promise<CheckpointKey[]>;
  /** Throws DamagedCheckpoint when there is none that can be read. */
  manifest(key: CheckpointKey): Promise<Manifest>;
  /** A folder on this worker that holds the files. They are not checked yet. */
  fetch(key: CheckpointKey, manifest: Manifest, scratch: string): Promise<string>;
  remove(key: CheckpointKey): Promise<void>;
  /** Removes what attempts up to this one wrote for the run, complete or not, but what `keep` is true of. */
  removeAttempts(
    last: Pick<CheckpointKey, 'runId' | 'attempt'>,
    keep: (key: CheckpointKey) => boolean,
  ): Promise<number>;
  /** Removes what belongs to runs that wrote nothing since then, final weights excepted. Both say how many they removed. */
  removeOlderThan(then: Date): Promise<number>;
}
