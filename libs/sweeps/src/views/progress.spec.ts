import { describe, expect, it } from 'vitest';
import { createSweepSchema } from '#libs/contracts';
import { sweepRecord } from '#libs/testing';
import { completeSpecification } from '../complete-specification.js';
import type { RunCounts } from '../ports/store.port.js';
import { progressOf } from './progress.js';

const now = new Date('2026-01-01T00:10:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const counts = (more: Partial<RunCounts>): RunCounts => ({
  byState: {},
  runningFraction: 0,
  firstStartedAt: null,
  ...more,
});
const specification = completeSpecification(
  createSweepSchema.parse({ corpusId: 'c', strategy: { name: 'regmix', runs: 28 } }),
);
const sweep = sweepRecord('c', { specification, state: 'running', createdAt: minutesAgo(10), finishedAt: null });

describe('progressOf', () => {
  it('counts the confirmation runs before they exist, and running runs by their steps', () => {
    const progress = progressOf(
      sweep,
      counts({ byState: { waiting: 18, running: 2, succeeded: 8 }, runningFraction: 2 }),
      now,
    );
    expect(progress).toMatchObject({ total: 40, finished: 8, fraction: 0.25, secondsElapsed: 600 });
  });

  it('estimates the time left from the pace since the first run started, not since the sweep was submitted', () => {
    const byState = { waiting: 18, succeeded: 10 };
    const progress = progressOf(sweep, counts({ byState, firstStartedAt: minutesAgo(2) }), now);
    expect(progress.secondsLeft).toBe(360);
  });

  it('gives no estimate before a run has made progress, and 0 when the sweep has ended', () => {
    expect(progressOf(sweep, counts({ byState: { waiting: 28 } }), now).secondsLeft).toBeNull();
    expect(progressOf(sweep, counts({ byState: { running: 2 }, firstStartedAt: now }), now).secondsLeft).toBeNull();
    const over = { ...sweep, state: 'cancelled' as const, finishedAt: now };
    expect(progressOf(over, counts({ byState: { succeeded: 3, cancelled: 25 } }), now)).toMatchObject({
      secondsLeft: 0,
      total: 28,
    });
  });
});
