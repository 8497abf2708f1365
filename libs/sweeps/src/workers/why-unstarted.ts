import type { SweepRecord, WorkerRecord } from '../ports/records.js';
import type { RunCounts } from '../ports/store.port.js';
import { isThere } from './describe-worker.js';

const causesShown = 3;

/**
 * Why nobody starts the runs of this sweep that wait, in words; null while some worker can, be it busy now, and where
 * none waits. A sweep that does not move for want of a worker looks like one that is slow.
 */
export function whyUnstarted(
  sweep: SweepRecord,
  { byState }: Pick<RunCounts, 'byState'>,
  workers: readonly WorkerRecord[],
  now: Date,
): string | null {
  const trainer = sweep.specification.trainer?.name;
  const waiting = (byState.waiting ?? 0) + (byState.queued ?? 0);
  if (trainer === undefined || waiting === 0 || (sweep.state !== 'running' && sweep.state !== 'confirming'))
    return null;
  const there = workers.filter((worker) => isThere(worker, now));
  const able = there.filter(({ trainers }) => trainers.includes(trainer));
  if (able.some(({ state }) => state === 'active')) return null;
  const begin = `${waiting} ${waiting === 1 ? 'run waits' : 'runs wait'}, and`;
  if (there.length === 0) return `${begin} no worker is there to train ${waiting === 1 ? 'it' : 'them'}.`;
  if (able.length === 0) {
    const known = [...new Set(there.flatMap(({ trainers }) => trainers))].sort().join(', ') || 'none';
    return `${begin} no worker has the trainer "${trainer}"; those that are there have: ${known}.`;
  }
  const causes = able.slice(0, causesShown).map(({ host, reason }) => `${host}: ${reason ?? 'it does not say why'}`);
  const more = able.length > causesShown ? [`and ${able.length - causesShown} more`] : [];
  return `${begin} every worker that could train them takes none for now. ${[...causes, ...more].join('; ')}`;
}
