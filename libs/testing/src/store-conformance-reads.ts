import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FailureClass } from '#libs/contracts';
import type { RoundRecord, RunRecord, Store } from '#libs/sweeps';
import type { Plant } from './plant-sweep.js';
import { attemptRecord, observationRecord, roundRecord, runRecord, uniqueId } from './records.js';

/** The second half of describeStore: lists, counts, outbox and events. */
export function describeStoreReads(store: () => Store, plant: Plant): void {
  describe('lists', () => {
    it('of runs are by index, filtered and paged', async () => {
      const { sweep, round, runs } = await plant(5);
      await store().transaction(async (tx) => {
        await tx.insertRuns([runRecord(round, 5, { role: 'natural', state: 'failed' })]);
        await tx.updateRun(runs[3]!.id, { state: 'running' });
      });
      const page = await store().listRuns(sweep.id, { offset: 1, limit: 2 });
      expect([page.total, page.runs.map(({ index }) => index)]).toEqual([6, [1, 2]]);
      const running = await store().listRuns(sweep.id, { state: 'running', offset: 0, limit: 10 });
      expect([running.total, running.runs.map(({ index }) => index)]).toEqual([1, [3]]);
      const natural = await store().listRuns(sweep.id, { role: 'natural', offset: 0, limit: 10 });
      expect(natural.runs.map(({ index }) => index)).toEqual([5]);
      await store().transaction(async (tx) => {
        const states = await tx.runsOfSweep(sweep.id, ['running', 'failed']);
        expect(states.map(({ index }) => index)).toEqual([3, 5]);
        expect(await tx.countUnfinished(round.id)).toBe(5);
      });
    });

    it('of sweeps are newest first', async () => {
      const at = (year: number) => ({ createdAt: new Date(Date.UTC(year, 0)) });
      const first = await plant(0, {}, at(2991));
      const second = await plant(0, {}, at(2992));
      const { sweeps, total } = await store().listSweeps({ offset: 0, limit: 2 });
      expect(sweeps.map(({ id }) => id)).toEqual([second.sweep.id, first.sweep.id]);
      expect(total).toBeGreaterThan(2);
      expect((await store().listSweeps({ offset: 1, limit: 1 })).sweeps[0]!.id).toBe(first.sweep.id);
    });

    it('show what the reconciler looks for', async () => {
      const now = new Date('1999-01-01T00:00:00Z');
      const before = new Date(now.getTime() - 1);
      const { runs, sweep } = await plant(2, { state: 'queued', queuedAt: before }, { state: 'fitting' });
      const [one, other] = runs as [RunRecord, RunRecord];
      await store().transaction(async (tx) => {
        await tx.insertAttempt(attemptRecord(one.id, 1, { leaseUntil: before }));
        await tx.insertAttempt(attemptRecord(one.id, 2, { leaseUntil: before, state: 'lost' }));
        await tx.insertAttempt(attemptRecord(other.id, 1, { leaseUntil: now }));
        await tx.insertAttempt(attemptRecord(other.id, 2));
      });
      const expired = await store().expiredAttempts(now);
      expect(expired.map(({ runId, number }) => [runId, number])).toEqual([[one.id, 1]]);
      expect((await store().runsQueuedBefore(now)).map(({ id }) => id)).toEqual([one.id, other.id]);
      expect(await store().runsQueuedBefore(before)).toEqual([]);
      expect((await store().sweepsInState('fitting')).map(({ id }) => id)).toContain(sweep.id);
      const count = await store().transaction((tx) => tx.countInFlight());
      expect(count).toBeGreaterThanOrEqual(2);
    });
  });

  it('counts runs by state, with the steps of those under way and the start of the first', async () => {
    const { sweep, round } = await plant(2);
    const startedAt = new Date('2026-01-01T00:00:00Z');
    const later = new Date(startedAt.getTime() + 1000);
    await store().transaction((tx) =>
      tx.insertRuns([
        runRecord(round, 2, { state: 'running', step: 1, totalSteps: 4, startedAt: later }),
        runRecord(round, 3, { state: 'running', step: 4, totalSteps: 8 }),
        runRecord(round, 4, { state: 'running' }),
        runRecord(round, 5, { state: 'succeeded', startedAt }),
        runRecord(round, 6, { state: 'succeeded', startedAt: later }),
      ]),
    );
    expect(await store().runCounts(sweep.id)).toEqual({
      byState: { waiting: 2, running: 3, succeeded: 2 },
      runningFraction: 0.75,
      firstStartedAt: startedAt,
    });
    expect(await store().runCounts('none')).toEqual({ byState: {}, runningFraction: 0, firstStartedAt: null });
  });

  it('sums what the measured runs of one sweep took, a run that does not say counting as nothing', async () => {
    const { sweep, runs } = await plant(4);
    const { runs: others } = await plant(1);
    const [one, two, three] = runs as [RunRecord, RunRecord, RunRecord];
    await store().transaction(async (tx) => {
      await tx.insertObservation(observationRecord(one.id));
      await tx.insertObservation(observationRecord(two.id, { tokens: 7, flops: 2.5e17, seconds: 0.25, censoredAt: 3 }));
      await tx.insertObservation(observationRecord(three.id, { tokens: null, flops: null, seconds: null }));
      await tx.insertObservation(observationRecord(others[0]!.id));
    });
    expect(await store().spent(sweep.id)).toEqual({ runs: 3, tokens: 3_000_000_007, flops: 1.5e18, seconds: 1.75 });
    expect(await store().spent('none')).toEqual({ runs: 0, tokens: 0, flops: 0, seconds: 0 });
  });

  it('counts the design runs by fidelity and state, and lists those of one fidelity', async () => {
    const { sweep, round } = await plant(2);
    await store().transaction((tx) =>
      tx.insertRuns([
        runRecord(round, 2, { fidelity: 1, state: 'succeeded' }),
        runRecord(round, 3, { fidelity: 1, state: 'succeeded' }),
        runRecord(round, 4, { fidelity: 1, state: 'censored' }),
        runRecord(round, 5, { role: 'natural', state: 'succeeded' }),
      ]),
    );
    const counts = await store().designCounts(sweep.id);
    const key = ({ fidelity, state }: { fidelity: number; state: string }) => `${fidelity} ${state}`;
    expect(counts.sort((a, b) => key(a).localeCompare(key(b)))).toEqual([
      { fidelity: 0, state: 'waiting', runs: 2 },
      { fidelity: 1, state: 'censored', runs: 1 },
      { fidelity: 1, state: 'succeeded', runs: 2 },
    ]);
    const { runs, total } = await store().listRuns(sweep.id, { fidelity: 1, offset: 1, limit: 10 });
    expect([total, runs.map(({ index }) => index)]).toEqual([3, [3, 4]]);
    const first = await store().listRuns(sweep.id, { fidelity: 0, role: 'natural', offset: 0, limit: 10 });
    expect(first.runs.map(({ index }) => index)).toEqual([5]);
  });

  it('gives the losses at a rung and before it, of the latest attempt, and of that fidelity alone', async () => {
    const { sweep, round, runs } = await plant(3);
    const [reached, resumed, behind] = runs as [RunRecord, RunRecord, RunRecord];
    const other = runRecord(round, 3, { fidelity: 1 });
    const loss = (natsPerToken: number) => ({ natsPerToken, bitsPerByte: null });
    await store().transaction(async (tx) => {
      await tx.insertRuns([other]);
      await tx.updateRun(resumed.id, { state: 'censored' });
      const add = (runId: string, step: number, web: number | null, attempt = 1) =>
        tx.insertCurvePoint({
          runId,
          attempt,
          step,
          tokens: step,
          trainLoss: 1,
          losses: web === null ? {} : { web: loss(web), code: loss(Number.POSITIVE_INFINITY) },
        });
      for (const step of [10, 20, 30, 40]) {
        await add(reached.id, step, step / 10);
        await add(other.id, step, 9);
      }
      await add(reached.id, 25, null);
      await add(resumed.id, 20, 7);
      await add(resumed.id, 20, 5, 2);
      await add(resumed.id, 33, 6, 2);
      await add(behind.id, 20, 1);
    });
    const point = (step: number, web: number) => ({ step, losses: { web, code: Number.POSITIVE_INFINITY } });
    expect(await store().rungLosses(sweep.id, { fidelity: 0, step: 30, before: 1 })).toEqual([
      { runId: reached.id, state: 'waiting', points: [point(20, 2), point(30, 3)] },
      { runId: resumed.id, state: 'censored', points: [point(20, 5), point(33, 6)] },
    ]);
    const rung = await store().rungLosses(sweep.id, { fidelity: 0, step: 20, before: 0 });
    expect(rung.map(({ runId, points }) => [runId, points])).toEqual([
      [reached.id, [point(20, 2)]],
      [resumed.id, [point(20, 5)]],
      [behind.id, [point(20, 1)]],
    ]);
    expect(await store().rungLosses('none', { fidelity: 0, step: 1, before: 3 })).toEqual([]);
  });

  it('counts failed attempts by class, with the commonest message of each', async () => {
    const { sweep, runs } = await plant(2);
    const { runs: others } = await plant(1);
    const before = await store().failureCounts();
    const [one, two] = runs as [RunRecord, RunRecord];
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    const failed = (run: RunRecord, number: number, failureClass: FailureClass, message: string, second = 0) =>
      attemptRecord(run.id, number, { state: 'failed', failureClass, message, endedAt: at(second) });
    await store().transaction(async (tx) => {
      await tx.insertAttempt(failed(one, 1, 'infrastructure', 'no GPU'));
      await tx.insertAttempt(failed(one, 2, 'infrastructure', 'no disk', 9));
      await tx.insertAttempt(failed(two, 1, 'infrastructure', 'no GPU'));
      await tx.insertAttempt(failed(one, 3, 'timeout', 'earlier', 1));
      await tx.insertAttempt(failed(two, 2, 'timeout', 'later', 2));
      await tx.insertAttempt(attemptRecord(two.id, 3));
      await tx.insertAttempt(failed(others[0]!, 1, 'infrastructure', 'no disk'));
    });
    const found = await store().attemptFailures(sweep.id);
    expect(found.sort((a, b) => b.attempts - a.attempts)).toEqual([
      { failureClass: 'infrastructure', attempts: 3, message: 'no GPU', times: 2 },
      { failureClass: 'timeout', attempts: 2, message: 'later', times: 1 },
    ]);
    expect(await store().attemptFailures('none')).toEqual([]);
    const after = await store().failureCounts();
    expect([after.infrastructure, after.timeout]).toEqual([
      (before.infrastructure ?? 0) + 4,
      (before.timeout ?? 0) + 2,
    ]);
  });

  it('cancels what is unfinished with the attempts that are open, and nothing else', async () => {
    const { sweep, round, runs } = await plant(3);
    const now = new Date('2026-01-01T00:00:00Z');
    const [queued, done, waiting] = runs as [RunRecord, RunRecord, RunRecord];
    await store().transaction(async (tx) => {
      await tx.updateRun(queued.id, { state: 'queued', attempt: 1 });
      await tx.insertAttempt(attemptRecord(queued.id, 1, { state: 'open' }));
      await tx.updateRun(done.id, { state: 'succeeded', attempt: 1 });
      await tx.insertAttempt(attemptRecord(done.id, 1, { state: 'succeeded' }));
    });
    const cancelled = await store().transaction((tx) => tx.cancelUnfinished(sweep.id, now));
    expect(cancelled.map(({ runId, number }) => [runId, number])).toEqual([[queued.id, 1]]);
    const states = async () =>
      (await store().listRuns(sweep.id, { offset: 0, limit: 10 })).runs.map(({ state, finishedAt }) => [
        state,
        finishedAt,
      ]);
    expect(await states()).toEqual([
      ['cancelled', now],
      ['succeeded', null],
      ['cancelled', now],
    ]);
    expect((await store().listAttempts(queued.id))[0]).toMatchObject({ state: 'cancelled', endedAt: now });

    await store().transaction((tx) => tx.updateRuns([queued.id, waiting.id], { state: 'waiting', finishedAt: null }));
    expect(await states()).toEqual([
      ['waiting', null],
      ['succeeded', null],
      ['waiting', null],
    ]);
    expect(round.sweepId).toBe(sweep.id);
  });

  it('deletes a round with everything below it', async () => {
    const { sweep, round, runs } = await plant(2);
    const next: RoundRecord = roundRecord(sweep.id, { index: 1, kind: 'confirmation' });
    const id = runs[0]!.id;
    await store().transaction(async (tx) => {
      await tx.insertRound(next);
      await tx.insertRuns([runRecord(next, 2)]);
      await tx.insertAttempt(attemptRecord(id, 1));
      await tx.insertObservation(observationRecord(id));
      await tx.insertCurvePoint({ runId: id, attempt: 1, step: 1, tokens: 1, trainLoss: 1, losses: {} });
      expect(await tx.listRounds(sweep.id)).toEqual([round, next]);
      await tx.deleteRound(round.id);
      expect(await tx.listRounds(sweep.id)).toEqual([next]);
    });
    expect((await store().listRuns(sweep.id, { offset: 0, limit: 10 })).runs.map(({ index }) => index)).toEqual([2]);
    expect(await store().listAttempts(id)).toEqual([]);
    expect(await store().listObservations([id])).toEqual([]);
    expect(await store().curve(id)).toEqual([]);
  });

  describe('the outbox', () => {
    it('keeps its order and forgets what was dispatched', async () => {
      const tag = uniqueId('tag');
      for (const n of [1, 2, 3]) {
        await store().transaction((tx) => tx.appendOutbox({ topic: 'run', payload: { tag, n } }));
      }
      const mine = async () => (await store().pendingOutbox(1000)).filter(({ payload }) => payload.tag === tag);
      const pending = await mine();
      expect(pending.map(({ topic, payload }) => [topic, payload.n])).toEqual([
        ['run', 1],
        ['run', 2],
        ['run', 3],
      ]);
      await store().transaction((tx) => tx.markDispatched([pending[0]!.id, pending[2]!.id]));
      expect((await mine()).map(({ payload }) => payload.n)).toEqual([2]);
      expect(await store().pendingOutbox(1)).toHaveLength(1);
    });
  });

  describe('events', () => {
    it('come in order, from any id on', async () => {
      const { sweep } = await plant(0);
      const add = (n: number) =>
        store().transaction((tx) => tx.appendEvent({ sweepId: sweep.id, type: 'run', data: { n } }));
      for (const n of [1, 2, 3]) await add(n);
      const events = await store().eventsAfter(sweep.id, 0, 10);
      expect(events.map(({ data }) => data.n)).toEqual([1, 2, 3]);
      expect(events.every(({ at, type }) => at instanceof Date && type === 'run')).toBe(true);
      const rest = await store().eventsAfter(sweep.id, events[0]!.id, 1);
      expect(rest.map(({ data }) => data.n)).toEqual([2]);
    });

    it('are not missed by a reader who follows while several transactions write', async () => {
      const { sweep } = await plant(0);
      const seen: number[] = [];
      let writing = true;
      const follow = async () => {
        for (let last = 0, ended = false; !ended; ) {
          ended = !writing;
          const events = await store().eventsAfter(sweep.id, last, 100);
          for (const { id, data } of events) {
            last = id;
            seen.push(data.n as number);
          }
          await delay(2);
        }
      };
      const write = async (writer: number) => {
        for (let n = 0; n < 8; n++) {
          await store().transaction(async (tx) => {
            await tx.appendEvent({ sweepId: sweep.id, type: 'progress', data: { n: writer * 100 + n } });
            await delay(((n * 7 + writer * 3) % 5) * 3);
          });
        }
      };
      const following = follow();
      await Promise.all([0, 1, 2].map(write));
      writing = false;
      await following;
      expect(seen).toHaveLength(24);
      expect(new Set(seen).size).toBe(24);
    });
  });
}
