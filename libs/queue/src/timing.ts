/** Milliseconds. */
export interface QueueTiming {
  /** How long a consumer that has gone silent keeps its job; it renews at half of it. */
  lock: number;
  /** Between two looks for jobs of consumers that have gone silent. Such a job is taken away at the second look. */
  stalledInterval: number;
  /** Between two looks whether a held run is asked to stop. */
  stopPoll: number;
  /** Before a refused report or fit is handled again; it doubles up to `maximumBackoff`. */
  firstBackoff: number;
  maximumBackoff: number;
}

export const defaultTiming: QueueTiming = {
  lock: 30_000,
  stalledInterval: 10_000,
  stopPoll: 1_000,
  firstBackoff: 250,
  maximumBackoff: 30_000,
};

/** Exponential with a random part, so that reports which failed together do not come back together. */
export function backoff({ firstBackoff, maximumBackoff }: QueueTiming, attemptsMade: number): number {
  const full = Math.min(maximumBackoff, firstBackoff * 2 ** Math.min(attemptsMade - 1, 30));
  return Math.ceil(full * (0.75 + Math.random() / 4));
}
