import type { AttemptFailures, AttemptRecord } from '#libs/sweeps';
import type { Tables } from './memory-tables.js';

/** As the store's own: failed attempts of a sweep by class, with the commonest message of each. */
export function attemptFailures({ attempts, runs }: Tables, sweepId: string): AttemptFailures[] {
  const failed = [...attempts.values()].filter(
    ({ runId, failureClass }) => failureClass !== null && runs.get(runId)?.sweepId === sweepId,
  );
  return groupBy(failed, ({ failureClass }) => failureClass!).map(([failureClass, ofClass]) => {
    const [message, times] = groupBy(ofClass, (attempt) => attempt.message ?? '').sort(
      ([, a], [, b]) => b.length - a.length || lastEnd(b) - lastEnd(a),
    )[0]!;
    return { failureClass, attempts: ofClass.length, message, times: times.length };
  });
}

function lastEnd(attempts: readonly AttemptRecord[]): number {
  return Math.max(...attempts.map(({ endedAt }) => endedAt?.getTime() ?? Number.NEGATIVE_INFINITY));
}

function groupBy<K>(attempts: readonly AttemptRecord[], key: (attempt: AttemptRecord) => K): [K, AttemptRecord[]][] {
  const groups = new Map<K, AttemptRecord[]>();
  for (const attempt of attempts) groups.set(key(attempt), [...(groups.get(key(attempt)) ?? []), attempt]);
  return [...groups];
}
