import { describe, expect, it } from 'vitest';
import { reconcile } from '../src/transitions/reconcile.js';
import { reconcileStages } from '../src/transitions/reconcile-stages.js';
import { describeCurve, describeRun } from '../src/views/describe-run.js';
import { leaseSeconds, resultOf, ServiceInMemory } from './service-in-memory.js';

async function running() {
  const s = new ServiceInMemory();
  const { sweepId } = await s.submit();
  const [first] = await s.feed(1);
  await s.start(first!);
  return { s, sweepId, first: first! };
}

describe('an attempt', () => {
  it('belongs to the first worker that speaks for it', async () => {
    const { s, first } = await running();
    expect(await s.start(first, 'worker-2')).toBe('stale');
    expect(await s.report(first, resultOf(first), 'worker-2')).toBe('stale');
    expect(await s.report(first, resultOf(first))).toBe('recorded');
  });

  it('records its observation once, however often the result is reported', async () => {
    const { s, first } = await running();
    const outcomes = await Promise.all([1, 2, 3].map(() => s.report(first, resultOf(first))));
    expect(outcomes.sort()).toEqual(['recorded', 'stale', 'stale']);
    expect(await s.context.store.listObservations([first.runId])).toHaveLength(1);
  });

  it('is taken from a worker that shows no sign of life; what the zombie reports later is refused', async () => {
    const { s, first } = await running();
    s.time += (leaseSeconds + 1) * 1000;
    const { expired } = await reconcile(s.context, s.runQueue, { leaseSeconds });
    expect(expired).toEqual([{ runId: first.runId, attempt: 1 }]);
    expect(s.stopped).toEqual(expired);
    s.time += 1000;
    const [second] = await s.feed(1);
    expect(second).toMatchObject({ runId: first.runId, attempt: 2 });
    await s.start(second!, 'worker-2');
    expect(await s.report(first, resultOf(first))).toBe('stale');
    expect(await s.report(second!, resultOf(second!), 'worker-2')).toBe('recorded');
    const [observation] = await s.context.store.listObservations([first.runId]);
    expect(observation?.attempt).toBe(2);
  });

  it('is kept while heartbeats or progress come', async () => {
    const { s, first } = await running();
    for (const report of [
      { type: 'heartbeat' },
      { type: 'progress', step: 5, totalSteps: 10, tokens: 50, trainLoss: 4 },
    ]) {
      s.time += (leaseSeconds - 1) * 1000;
      expect(await s.report(first, report)).toBe('recorded');
      expect((await reconcile(s.context, s.runQueue, { leaseSeconds })).expired).toEqual([]);
    }
    expect(await s.run(first.runId)).toMatchObject({ step: 5, totalSteps: 10, trainLoss: 4 });
  });

  it('is kept while checkpoints come, and says up to where it can be resumed', async () => {
    const { s, first } = await running();
    s.time += (leaseSeconds - 1) * 1000;
    expect(await s.report(first, { type: 'checkpoint', step: 40 })).toBe('recorded');
    s.time += (leaseSeconds - 1) * 1000;
    expect((await reconcile(s.context, s.runQueue, { leaseSeconds })).expired).toEqual([]);
    const { attempts } = await describeRun(s.context, first.runId);
    expect(attempts).toMatchObject([{ number: 1, resumedStep: null, checkpointStep: 40 }]);
    await s.report(first, { type: 'released', reason: 'the worker shuts down' });
    expect(await s.report(first, { type: 'checkpoint', step: 50 })).toBe('stale');
  });

  it('that is resumed goes on with the curve from there; what the one before told beyond it stays its own', async () => {
    const { s, first } = await running();
    const at = (step: number) => ({ type: 'progress', step, totalSteps: 100, tokens: 10 * step, trainLoss: 4 });
    for (const step of [20, 40]) await s.report(first, at(step));
    await s.report(first, { type: 'checkpoint', step: 40 });
    await s.report(first, at(60));
    s.time += (leaseSeconds + 1) * 1000;
    await reconcile(s.context, s.runQueue, { leaseSeconds });
    s.time += 1000;
    const [second] = await s.feed(1);
    await s.start(second!);
    expect(await s.run(first.runId)).toMatchObject({ step: 0, totalSteps: null });
    expect(await s.report(second!, { type: 'resumed', step: 40 })).toBe('recorded');
    expect(await s.run(first.runId)).toMatchObject({ step: 40, totalSteps: null });
    expect(await s.report(first, { type: 'resumed', step: 10 })).toBe('stale');
    for (const step of [60, 80]) await s.report(second!, at(step));
    const { attempts } = await describeRun(s.context, first.runId);
    expect(attempts.map(({ resumedStep, checkpointStep }) => [resumedStep, checkpointStep])).toEqual([
      [null, 40],
      [40, null],
    ]);
    const { points } = await describeCurve(s.context, first.runId);
    expect(points.map(({ attempt, step }) => [attempt, step])).toEqual([
      [1, 20],
      [1, 40],
      [1, 60],
      [2, 60],
      [2, 80],
    ]);
  });

  it('that fails is followed by another until none is left', async () => {
    const { s, first } = await running();
    const failure = { type: 'failed', class: 'internal', message: 'exit code 1', stderrTail: 'boom' };
    await s.report(first, failure);
    for (const attempt of [2, 3]) {
      const [next] = await s.feed(1);
      expect(next).toMatchObject({ runId: first.runId, attempt });
      await s.start(next!);
      await s.report(next!, failure);
    }
    expect(await s.run(first.runId)).toMatchObject({
      state: 'failed',
      failures: { internal: 3 },
      reason: 'exit code 1',
    });
    const attempts = await s.context.store.listAttempts(first.runId);
    expect(attempts.map((attempt) => attempt.stderrTail)).toEqual(['boom', 'boom', 'boom']);
  });

  it('that a worker gives back is not counted as a failure', async () => {
    const { s, first } = await running();
    await s.report(first, { type: 'released', reason: 'the worker was told to stop' });
    expect(await s.run(first.runId)).toMatchObject({ state: 'waiting', failures: {} });
  });

  it('whose message the queue lost gets a new number', async () => {
    const s = new ServiceInMemory();
    await s.submit();
    const [first] = await s.feed(1);
    s.time += (leaseSeconds + 1) * 1000;
    expect((await reconcile(s.context, s.runQueue, { leaseSeconds })).requeued).toEqual([]);
    s.presenceOf = 'gone';
    expect((await reconcile(s.context, s.runQueue, { leaseSeconds })).requeued).toHaveLength(1);
    const [second] = await s.feed(1);
    expect(second).toMatchObject({ runId: first!.runId, attempt: 2 });
    expect(await s.start(first!)).toBe('stale');
    expect((await s.run(first!.runId)).failures).toEqual({});
  });

  it('whose result lacks a domain is a failure that names it', async () => {
    const { s, first } = await running();
    const result = resultOf(first);
    delete result.losses.books;
    await s.report(first, result);
    expect((await s.run(first.runId)).reason).toBe("The trainer's result lacks a loss for books.");
  });
});

describe('the window', () => {
  it('keeps no more runs in flight than it allows', async () => {
    const s = new ServiceInMemory();
    await s.submit();
    expect(await s.feed(3)).toHaveLength(3);
    expect(await s.feed(3)).toHaveLength(0);
    await s.finish(s.assignments[0]!);
    expect(await s.feed(3)).toHaveLength(1);
  });
});

describe('reconcileStages', () => {
  it('asks again for a fit whose message was lost, unless somebody is at it', async () => {
    const s = new ServiceInMemory();
    const { sweepId } = await s.submit();
    for (const assignment of await s.feed()) await s.finish(assignment);
    await s.feed();
    s.stages.length = 0;
    expect(await reconcileStages(s.context, () => true)).toEqual([]);
    expect(await reconcileStages(s.context, () => false)).toEqual([sweepId]);
    await s.feed();
    await s.advance();
    expect((await s.sweep(sweepId)).state).toBe('confirming');
    expect(await reconcileStages(s.context, () => false)).toEqual([]);
  });
});
