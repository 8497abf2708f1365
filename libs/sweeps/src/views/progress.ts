import { type Progress, runStates, type SweepState } from '#libs/contracts';
import { confirmationArms } from '../confirmation/confirmation-runs.js';
import type { SweepRecord } from '../ports/records.js';
import type { RunCounts } from '../ports/store.port.js';

const ended: readonly SweepState[] = ['completed', 'failed', 'cancelled'];

/**
 * Progress over all runs of the sweep; the confirmation runs count from the start, so that the bar does not jump back.
 * Time left: what remains at the pace since the first run was started, so that time spent behind another sweep does not
 * count, and runs that end together do not make the estimate jump.
 */
export function progressOf(sweep: SweepRecord, counts: RunCounts, now: Date): Progress {
  const runs = Object.fromEntries(runStates.map((state) => [state, counts.byState[state] ?? 0])) as Progress['runs'];
  const known = Object.values(runs).reduce((sum, count) => sum + count, 0);
  const isOver = ended.includes(sweep.state);
  const { specification } = sweep;
  const { strategy, confirmation } = specification;
  const designed = specification.fidelities.reduce((sum, { runs: of }) => sum + of, 0) || strategy.runs;
  const planned = designed + confirmationArms(specification) * (confirmation?.seeds ?? 0);
  const total = isOver || sweep.state === 'confirming' ? known : Math.max(known, planned);
  const finished = runs.succeeded + runs.censored + runs.diverged + runs.failed + runs.cancelled;
  const done = finished + counts.runningFraction;
  return {
    runs,
    total,
    finished,
    fraction: fractionOf(sweep.state, done / total),
    secondsElapsed: secondsBetween(sweep.createdAt, sweep.finishedAt ?? now),
    secondsLeft: isOver ? 0 : secondsLeft(total - done, done, counts.firstStartedAt, now),
  };
}

/** The fit is work as well: imported runs are all there when it begins. */
function fractionOf(state: SweepState, runs: number): number {
  if (state === 'completed') return 1;
  return Math.min(state === 'fitting' ? 0.99 : 1, runs);
}

/** Null until enough is done for a pace to be known. */
function secondsLeft(remaining: number, done: number, firstStartedAt: Date | null, now: Date): number | null {
  if (firstStartedAt === null || done < 0.2) return null;
  return (remaining * secondsBetween(firstStartedAt, now)) / done;
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}
