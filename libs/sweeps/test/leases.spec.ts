import { describe, expect, it } from 'vitest';
import { type Assignment, leaseIdOf } from '#libs/contracts';
import { cancelSweep } from '../src/cancel-sweep.js';
import { leaseRun } from '../src/leases/lease-run.js';
import { standingOf } from '../src/leases/lease-standing.js';
import { recoverLease } from '../src/leases/recover-lease.js';
import { reconcile } from '../src/transitions/reconcile.js';
import { leaseSeconds, resultOf, ServiceInMemory } from './service-in-memory.js';

const trainers = ['transformer'];
const lease = (s: ServiceInMemory, workerId = 'puller', has: readonly string[] = trainers) =>
  leaseRun(s.context, s.runQueue, { workerId, host: 'cluster', trainers: has }, leaseSeconds);
const recover = (s: ServiceInMemory, holding: string[], workerId = 'puller') =>
  recoverLease(s.context, { workerId, holding }, leaseSeconds);

async function submitted() {
  const s = new ServiceInMemory();
  const { sweepId } = await s.submit();
  return { s, sweepId };
}

async function leased() {
  const { s, sweepId } = await submitted();
  return { s, sweepId, first: (await lease(s))! };
}

describe('a lease', () => {
  it('of a waiting run opens its attempt, starts it, and puts nothing into the queue', async () => {
    const { s, first, sweepId } = await leased();
    expect(first).toMatchObject({ sweepId, attempt: 1, leaseSeconds, trainer: { name: 'transformer' } });
    expect(await s.run(first.runId)).toMatchObject({ state: 'running', attempt: 1, index: 0 });
    const [attempt] = await s.context.store.listAttempts(first.runId);
    expect(attempt).toMatchObject({ workerId: 'puller', host: 'cluster', state: 'open' });
    expect(attempt?.leaseUntil).toEqual(new Date(s.time + leaseSeconds * 1000));
    const queued = await s.feed();
    expect(queued.map(({ runId }) => runId)).not.toContain(first.runId);
    const events = await s.context.store.eventsAfter(sweepId, 0, 100);
    expect(events.at(-1)).toMatchObject({
      type: 'run',
      data: { runId: first.runId, state: 'running', host: 'cluster' },
    });
  });

  it('gives each run to one worker, though all ask at once', async () => {
    const { s } = await submitted();
    const given = await Promise.all(Array.from({ length: 12 }, (_, n) => lease(s, `puller-${n}`)));
    const runs = given.flatMap((assignment) => (assignment === null ? [] : [assignment.runId]));
    expect(runs).toHaveLength(8);
    expect(new Set(runs).size).toBe(8);
  });

  it('is what the queue would have carried', async () => {
    const { s } = await submitted();
    const queued = await s.feed();
    const given = await lease(s);
    expect(given).toEqual(queued.find(({ runId }) => runId === given?.runId));
  });

  it('of a queued attempt keeps its number and takes its message out of the queue', async () => {
    const { s } = await submitted();
    const [queued] = await s.feed(1);
    expect(await lease(s)).toEqual(queued);
    expect(s.stopped).toEqual([{ runId: queued!.runId, attempt: 1 }]);
    expect(await s.start(queued!, 'queue-worker')).toBe('stale');
    expect(await s.report(queued!, resultOf(queued!), 'queue-worker')).toBe('stale');
    expect(await s.report(queued!, resultOf(queued!), 'puller')).toBe('recorded');
  });

  it('passes over an attempt that a queue worker has just taken', async () => {
    const { s } = await submitted();
    const [queued] = await s.feed(1);
    s.presenceOf = 'held';
    expect((await lease(s))?.runId).not.toBe(queued!.runId);
    expect(await s.start(queued!, 'queue-worker')).toBe('recorded');
  });

  it('is given while the queue is away', async () => {
    const { s } = await submitted();
    const [queued] = await s.feed(1);
    const away = async () => {
      throw new Error('the queue is away');
    };
    s.runQueue.presence = away;
    s.runQueue.requestStop = away;
    expect((await lease(s))?.runId).toBe(queued!.runId);
  });

  it('whose message is dispatched late leaves nothing in the queue', async () => {
    const { s } = await submitted();
    const first = await lease(s);
    expect((await s.feed()).some(({ runId }) => runId === first?.runId)).toBe(false);
  });

  it('is only given for a trainer that the worker has', async () => {
    const { s } = await submitted();
    expect(await lease(s, 'puller', ['another'])).toBeNull();
    expect(await lease(s, 'puller', ['another', 'transformer'])).not.toBeNull();
  });

  it('is not bounded by the window of the queue', async () => {
    const { s } = await submitted();
    expect(await s.feed(2)).toHaveLength(2);
    const given: (Assignment | null)[] = [];
    for (let n = 0; n < 9; n += 1) given.push(await lease(s));
    expect(given.filter((assignment) => assignment !== null)).toHaveLength(8);
    expect(given.at(-1)).toBeNull();
  });

  it('is not given of a sweep that is over', async () => {
    const { s, sweepId } = await submitted();
    await cancelSweep(s.context, s.runQueue, sweepId);
    expect(await lease(s)).toBeNull();
  });

  it('that runs out is given to another under the next number; the zombie is refused and told why', async () => {
    const { s, first } = await leased();
    s.time += (leaseSeconds + 1) * 1000;
    expect((await reconcile(s.context, s.runQueue, { leaseSeconds })).expired).toHaveLength(1);
    s.time += 3_600_000;
    let second = await lease(s, 'other');
    while (second !== null && second.runId !== first.runId) second = await lease(s, 'other');
    expect(second).toMatchObject({ runId: first.runId, attempt: 2 });
    expect(await s.report(first, resultOf(first), 'puller')).toBe('stale');
    const standing = await standingOf(s.context, { ...first, workerId: 'puller' });
    expect(standing).toEqual({ endedByIt: false, why: 'it ran out, and the run is given to another worker' });
    expect(await s.report(second!, resultOf(second!), 'other')).toBe('recorded');
  });

  it('waits as long as the run does after a failure', async () => {
    const { s, first } = await leased();
    await s.report(first, { type: 'failed', class: 'internal', message: 'no', stderrTail: '' }, 'puller');
    await s.context.store.transaction((tx) => tx.updateRun(first.runId, { notBefore: new Date(s.time + 5000) }));
    const others: string[] = [];
    for (let next = await lease(s); next !== null; next = await lease(s)) others.push(next.runId);
    expect(others).toHaveLength(7);
    expect(others).not.toContain(first.runId);
    s.time += 5000;
    expect(await lease(s)).toMatchObject({ runId: first.runId, attempt: 2 });
  });
});

describe('a lease that was lost on its way', () => {
  it('is handed out again under the same number, renewed, and to its worker alone', async () => {
    const { s, first } = await leased();
    s.time += 5000;
    expect(await recover(s, [], 'another')).toBeNull();
    expect(await recover(s, [])).toEqual(first);
    const [attempt] = await s.context.store.listAttempts(first.runId);
    expect(attempt?.leaseUntil).toEqual(new Date(s.time + leaseSeconds * 1000));
    expect(await s.context.store.listAttempts(first.runId)).toHaveLength(1);
  });

  it('is not one that the worker holds, nor one that has ended', async () => {
    const { s, first } = await leased();
    expect(await recover(s, [leaseIdOf(first)])).toBeNull();
    await s.report(first, resultOf(first), 'puller');
    expect(await recover(s, [])).toBeNull();
    expect(await standingOf(s.context, { ...first, workerId: 'puller' })).toMatchObject({ endedByIt: true });
    expect(await standingOf(s.context, { ...first, workerId: 'other' })).toMatchObject({ endedByIt: false });
  });
});
