/** Names one checkpoint. `final`: the weights at the end of the training, which may be kept when the run has ended. */
export interface CheckpointKey {
  runId: string;
  attempt: number;
  step: number;
  final: boolean;
}

/** A checkpoint that is not what its manifest says; an earlier one may be. */
export class DamagedCheckpoint extends Error {
  override readonly name = 'DamagedCheckpoint';
}

/** `<attempt>` and `<step>` or `<step>-final`, below the run's own folder. */
export function checkpointPath(key: CheckpointKey): [runId: string, attempt: string, step: string] {
  return [safeRunId(key.runId), safeNumber(key.attempt), safeNumber(key.step) + (key.final ? '-final' : '')];
}

/** The inverse of checkpointPath, or null for a name that is none. */
export function parseCheckpointPath(runId: string, attempt: string, step: string): CheckpointKey | null {
  const [, digits, final] = /^(0|[1-9]\d{0,15})(-final)?$/.exec(step) ?? [];
  if (digits === undefined || !/^[1-9]\d{0,15}$/.test(attempt)) return null;
  return { runId, attempt: Number(attempt), step: Number(digits), final: final !== undefined };
}

/** What came over the queue becomes part of a path only if it cannot lead anywhere else. */
export function safeRunId(runId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(runId)) return runId;
  throw new RangeError(
    `a run id must be letters, digits, "_" and "-", at most 128 of them, got ${JSON.stringify(runId.slice(0, 200))}`,
  );
}

export function safeNumber(value: number): string {
  if (Number.isSafeInteger(value) && value >= 0) return String(value);
  throw new RangeError(`must be an integer of at least 0, got ${value}`);
}
