import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RunRecord, Store } from '#libs/sweeps';
import type { Plant } from './plant-sweep.js';
import { attemptRecord, runRecord, uniqueId } from './records.js';

/** What of describeStore hands out work: claims of waiting runs, and what a worker may lease. */
export function describeStoreWork(store: () => Store, plant: Plant): void {
  describe('claiming waiting runs', () => {
    const now = new Date('2026-01-05T00:00:00Z');

    it('leaves those out that are not to begin yet', async () => {
      const { runs } = await plant(3, {}, { createdAt: new Date('2000-03-01T00:00:00Z') });
      const later = new Date(now.getTime() + 1000);
      await store().transaction(async (tx) => {
        await tx.updateRun(runs[0]!.id, { notBefore: later });
        await tx.updateRun(runs[1]!.id, { notBefore: now });
      });
      expect((await store().findRun(runs[0]!.id))?.notBefore).toEqual(later);
      const claim = async (at: Date, limit: number) =>
        (await store().transaction((tx) => tx.claimWaitingRuns(limit, at))).map(({ id }) => id);
      expect(await claim(now, 2)).toEqual([runs[1]!.id, runs[2]!.id]);
      expect(await claim(later, 1)).toEqual([runs[0]!.id]);
      await settle(runs);
    });

    it('gives the oldest sweep first, by index, from sweeps that run', async () => {
      const newer = await plant(2, {}, { createdAt: new Date('2001-01-02T00:00:00Z') });
      const older = await plant(2, {}, { createdAt: new Date('2001-01-01T00:00:00Z'), state: 'confirming' });
      const done = await plant(1, {}, { createdAt: new Date('2000-01-01T00:00:00Z'), state: 'cancelled' });
      const claimed = await store().transaction((tx) => tx.claimWaitingRuns(4, now));
      expect(claimed.map(({ id }) => id)).toEqual([...older.runs, ...newer.runs].map(({ id }) => id));
      expect(claimed.some(({ sweepId }) => sweepId === done.sweep.id)).toBe(false);
      expect(claimed[0]).toEqual(older.runs[0]);
      expect(await store().transaction((tx) => tx.claimWaitingRuns(1, now))).toHaveLength(1);
      await settle([...older.runs, ...newer.runs]);
    });

    it('gives no run to two claimers', async () => {
      const { runs } = await plant(12, {}, { createdAt: new Date('2000-06-01T00:00:00Z') });
      const claim = () =>
        store().transaction(async (tx) => {
          const claimed = await tx.claimWaitingRuns(5, now);
          await delay(20);
          for (const { id } of claimed) await tx.updateRun(id, { state: 'queued' });
          return claimed.map(({ id }) => id);
        });
      const claims = (await Promise.all([claim(), claim(), claim()])).flat();
      expect(new Set(claims).size).toBe(claims.length);
      expect(runs.every(({ id }) => claims.includes(id))).toBe(true);
      await settle(runs);
    });

    async function settle(runs: readonly RunRecord[]) {
      await store().transaction(async (tx) => {
        for (const { id } of runs) await tx.updateRun(id, { state: 'cancelled' });
      });
    }
  });

  describe('work that a worker may start', () => {
    const now = new Date('2026-05-01T00:00:00Z');
    const workOf = async (ids: readonly string[]) =>
      (await store().unstartedWork(now))
        .filter(({ sweep }) => ids.includes(sweep.id))
        .map(({ sweep, fidelities }) => [sweep.id, fidelities]);

    it('is told by sweep, oldest first, with its fidelities; none of sweeps that do not run', async () => {
      const newer = await plant(1, {}, { createdAt: new Date('2002-01-02T00:00:00Z') });
      const older = await plant(1, {}, { createdAt: new Date('2002-01-01T00:00:00Z'), state: 'confirming' });
      const done = await plant(1, {}, { state: 'cancelled' });
      const busy = await plant(1, { state: 'running' });
      await store().transaction((tx) =>
        tx.insertRuns([
          runRecord(older.round, 1, { fidelity: 2 }),
          runRecord(older.round, 2, { fidelity: 2 }),
          runRecord(older.round, 3, { fidelity: 1, state: 'running' }),
        ]),
      );
      const all = [newer, older, done, busy].map(({ sweep }) => sweep.id);
      expect(await workOf(all)).toEqual([
        [older.sweep.id, [0, 2]],
        [newer.sweep.id, [0]],
      ]);
      expect((await store().unstartedWork(now)).find(({ sweep }) => sweep.id === older.sweep.id)?.sweep).toEqual(
        older.sweep,
      );
      const filter = { fidelities: [2], now, limit: 1 };
      expect((await store().unstartedRuns(older.sweep.id, filter)).map(({ index }) => index)).toEqual([1]);
      expect(await store().unstartedRuns(older.sweep.id, { ...filter, fidelities: [1] })).toEqual([]);
    });

    it('is what waits and is due, or is queued and spoken for by nobody', async () => {
      const { sweep, runs } = await plant(6);
      const [due, later, queued, spokenFor, ended] = runs as [RunRecord, RunRecord, RunRecord, RunRecord, RunRecord];
      await store().transaction(async (tx) => {
        await tx.updateRun(due.id, { notBefore: now });
        await tx.updateRun(later.id, { notBefore: new Date(now.getTime() + 1) });
        for (const { id } of [queued, spokenFor, ended]) await tx.updateRun(id, { state: 'queued', attempt: 2 });
        await tx.insertAttempt(attemptRecord(queued.id, 1, { state: 'lost', workerId: 'w' }));
        await tx.insertAttempt(attemptRecord(queued.id, 2));
        await tx.insertAttempt(attemptRecord(spokenFor.id, 2, { workerId: 'w' }));
        await tx.insertAttempt(attemptRecord(ended.id, 2, { state: 'lost' }));
      });
      const found = await store().unstartedRuns(sweep.id, { fidelities: [0], now, limit: 10 });
      expect(found.map(({ id }) => id)).toEqual([due.id, queued.id, runs[5]!.id]);
      expect(found[0]).toEqual({ ...due, notBefore: now });
    });

    it('that one worker has open is told by its name', async () => {
      const { runs } = await plant(3);
      const workerId = uniqueId('worker');
      const [first, second, other] = runs as [RunRecord, RunRecord, RunRecord];
      const open = attemptRecord(first.id, 1, { workerId, createdAt: new Date('2026-01-02T00:00:00Z') });
      const earlier = attemptRecord(second.id, 2, { workerId, createdAt: new Date('2026-01-01T00:00:00Z') });
      await store().transaction(async (tx) => {
        await tx.insertAttempt(open);
        await tx.insertAttempt(attemptRecord(second.id, 1, { workerId, state: 'released' }));
        await tx.insertAttempt(earlier);
        await tx.insertAttempt(attemptRecord(other.id, 1, { workerId: uniqueId('worker') }));
      });
      expect(await store().openAttemptsOf(workerId)).toEqual([earlier, open]);
    });
  });
}
