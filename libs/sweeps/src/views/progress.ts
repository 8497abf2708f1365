import { type Progress, runStates, type SweepState } from '#libs/contracts';
import { confirmationArms } from '../design-sweep.js';
import type { SweepRecord } from '../ports/records.js';
import type { RunCounts } from '../ports/store.port.js';

const ended: readonly SweepState[] = ['completed', 'failed', 'cancelled'];

/**
 * Progress over all runs of the sweep; the confirmation runs count from the start, so that the bar does not jump back.
 * Time left: the mean duration of finished runs times what remains, over the runs that go on side by side.
 */
export function progressOf(sweep: SweepRecord, counts: RunCounts, now: Date): Progress {
  const runs = Object.fromEntries(runStates.map((state) => [state, counts.byState[state] ?? 0])) as Progress['runs'];
  const known = Object.values(runs).reduce((sum, count) => sum + count, 0);
  const isOver = ended.includes(sweep.state);
  const planned = sweep.specification.strategy.runs + confirmationArms * sweep.specification.confirmation.seeds;
  const total = isOver || sweep.state === 'confirming' ? known : Math.max(known, planned);
  const finished = runs.succeeded + runs.diverged + runs.failed + runs.cancelled;
  const done = finished + counts.runningFraction;
  const seconds = ((sweep.finishedAt ?? now).getTime() - sweep.createdAt.getTime()) / 1000;
  return {
    runs,
    total,
    finished,
    fraction: sweep.state === 'completed' ? 1 : Math.min(1, done / total),
    secondsElapsed: seconds,
    secondsLeft: isOver ? 0 : secondsLeft(total - done, done, runs.running, counts.meanSeconds, seconds),
  };
}

function secondsLeft(
  remaining: number,
  done: number,
  running: number,
  meanSeconds: number | null,
  elapsed: number,
): number | null {
  if (meanSeconds !== null) return (remaining * meanSeconds) / Math.max(1, running);
  return done >= 0.2 ? (remaining * elapsed) / done : null;
}
