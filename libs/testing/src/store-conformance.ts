import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRoles } from '#libs/contracts';
import { IdempotencyRace, type RunRecord, StateConflict, type Store } from '#libs/sweeps';
import { type Plant, plantSweep } from './plant-sweep.js';
import {
  attemptRecord,
  corpusRecord,
  fitRecord,
  observationRecord,
  runRecord,
  sweepRecord,
  uniqueId,
} from './records.js';
import { describeStoreFits } from './store-conformance-fits.js';
import { describeStoreReads } from './store-conformance-reads.js';
import { describeStoreWork } from './store-conformance-work.js';

/** What every implementation of Store promises. `open` is called once; its tests share the store and leave their rows. */
export function describeStore(name: string, open: () => Promise<{ store: Store; close(): Promise<void> }>): void {
  describe(`store: ${name}`, () => {
    let opened: { store: Store; close(): Promise<void> };
    let store: Store;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(() => opened?.close());

    const plant: Plant = (...parameters) => plantSweep(store, ...parameters);

    describe('records', () => {
      it('come back as they went in', async () => {
        const { corpus, sweep, runs } = await plant(2, { role: 'best-observed' });
        expect(await store.findCorpus(corpus.id)).toEqual(corpus);
        expect(await store.findSweep(sweep.id)).toEqual(sweep);
        expect(await store.findRun(runs[1]!.id)).toEqual(runs[1]);
        const attempt = attemptRecord(runs[0]!.id, 1, {
          failureClass: 'out-of-memory',
          leaseUntil: new Date('2099-01-01T00:00:00Z'),
        });
        const observation = observationRecord(runs[0]!.id);
        await store.transaction(async (tx) => {
          await tx.insertAttempt(attempt);
          await tx.insertObservation(observation);
        });
        expect(await store.listAttempts(runs[0]!.id)).toEqual([attempt]);
        expect(await store.listObservations(runs.map(({ id }) => id))).toEqual([observation]);
      });

      it.each(runRoles)('of runs in the role %s come back in it', async (role) => {
        const { sweep, runs } = await plant(1, { role });
        expect((await store.listRuns(sweep.id, { role, offset: 0, limit: 10 })).runs).toEqual(runs);
      });

      it('that are not there are null', async () => {
        expect(await store.findCorpus('none')).toBeNull();
        expect(await store.findSweep('none')).toBeNull();
        expect(await store.findRun('none')).toBeNull();
        expect(await store.findFit('none')).toBeNull();
        expect(await store.findProposal('none')).toBeNull();
        await store.transaction(async (tx) => {
          expect(await tx.lockSweep('none')).toBeNull();
          expect(await tx.lockRun('none')).toBeNull();
          expect(await tx.findIdempotencyKey('r', 'none')).toBeNull();
        });
      });

      it('keep NaN and infinity in losses', async () => {
        const { round, runs } = await plant(1, { trainLoss: Number.NaN });
        const id = runs[0]!.id;
        const infinite = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1 + 0.2, 5e-324];
        const others = infinite.map((trainLoss, n) => runRecord(round, n + 1, { trainLoss }));
        await store.transaction((tx) => tx.insertRuns(others));
        for (const other of others) expect(await store.findRun(other.id)).toEqual(other);
        const losses = {
          web: { natsPerToken: Number.NaN, bitsPerByte: Number.POSITIVE_INFINITY },
          code: { natsPerToken: Number.NEGATIVE_INFINITY, bitsPerByte: -0.5 },
          'odd "target", {with} \\ signs': { natsPerToken: Math.PI * 1e-300, bitsPerByte: 1 / 3 },
        };
        await store.transaction(async (tx) => {
          await tx.insertObservation(observationRecord(id, { losses, parameters: null, backend: null }));
          const point = { runId: id, attempt: 1, step: 3, tokens: 10, trainLoss: Number.POSITIVE_INFINITY, losses };
          await tx.insertCurvePoint(point);
          await tx.insertCurvePoint(point);
          await tx.insertCurvePoint({ ...point, step: 2, trainLoss: 1, losses: {} });
        });
        expect((await store.findRun(id))!.trainLoss).toBeNaN();
        expect((await store.listObservations([id]))[0]!.losses).toEqual(losses);
        const curve = await store.curve(id);
        expect(curve.map(({ step, trainLoss }) => [step, trainLoss])).toEqual([
          [2, 1],
          [3, Number.POSITIVE_INFINITY],
        ]);
        expect(curve[1]!.losses).toEqual(losses);
      });

      it('refuse numbers in documents that JSON cannot hold', async () => {
        const { sweep } = await plant(0);
        const fit = fitRecord(sweep.id, { targets: { web: { rank: [0.5, Number.NaN] } } });
        await expect(store.transaction((tx) => tx.insertFit(fit))).rejects.toThrow('targets.web.rank[1] is NaN');
        const data = { tokens: 10n };
        await expect(
          store.transaction((tx) => tx.appendEvent({ sweepId: sweep.id, type: 'run', data })),
        ).rejects.toThrow('data.tokens is a bigint');
        const good = { ...fit, targets: { web: { rank: null, deep: [{ a: 1 }] } } };
        const proposal = {
          id: uniqueId('proposal'),
          sweepId: sweep.id,
          fitId: fit.id,
          hash: 'h',
          weights: { web: 0.1 + 0.2, code: 0.7 },
          document: { kept: [1, 'two', null, { three: true }] },
          createdAt: new Date('2026-01-01T00:00:00Z'),
        };
        await store.transaction(async (tx) => {
          await tx.insertFit(good);
          await tx.insertProposal(proposal);
        });
        expect(await store.findFit(fit.id)).toEqual(good);
        expect(await store.findProposal(proposal.id)).toEqual(proposal);
      });

      it('belong to a corpus whose versions and contents are unique', async () => {
        const corpus = corpusRecord();
        await store.transaction((tx) => tx.insertCorpus(corpus));
        const again = corpusRecord({ name: corpus.name, version: 2 });
        await store.transaction((tx) => tx.insertCorpus(again));
        await store.transaction(async (tx) => {
          expect(await tx.latestCorpusVersion(corpus.name)).toBe(2);
          expect(await tx.latestCorpusVersion('none')).toBe(0);
          expect((await tx.findCorpusByHash(corpus.name, again.contentHash))?.id).toBe(again.id);
          expect(await tx.findCorpusByHash('none', again.contentHash)).toBeNull();
        });
        const sameVersion = corpusRecord({ name: corpus.name, version: 2 });
        await expect(store.transaction((tx) => tx.insertCorpus(sameVersion))).rejects.toThrow();
      });
    });

    describe('transactions', () => {
      it('leave nothing behind when the work throws', async () => {
        const { sweep, runs } = await plant(1);
        const failing = store.transaction(async (tx) => {
          await tx.updateSweep(sweep.id, ['running'], { state: 'cancelled' });
          await tx.updateRun(runs[0]!.id, { state: 'cancelled' });
          await tx.appendOutbox({ topic: 'fit', payload: { sweepId: sweep.id } });
          await tx.appendEvent({ sweepId: sweep.id, type: 'state', data: {} });
          throw new Error('on purpose');
        });
        await expect(failing).rejects.toThrow('on purpose');
        expect(await store.findSweep(sweep.id)).toEqual(sweep);
        expect(await store.findRun(runs[0]!.id)).toEqual(runs[0]);
        expect(await store.eventsAfter(sweep.id, 0, 10)).toEqual([]);
        const pending = await store.pendingOutbox(1000);
        expect(pending.filter(({ payload }) => payload.sweepId === sweep.id)).toEqual([]);
      });

      it('are not seen outside before they end', async () => {
        const { sweep } = await plant(0);
        await store.transaction(async (tx) => {
          await tx.updateSweep(sweep.id, ['running'], { name: 'inside' });
          expect((await store.findSweep(sweep.id))!.name).toBe(sweep.name);
        });
        expect((await store.findSweep(sweep.id))!.name).toBe('inside');
      });

      it('that lock the same sweep take turns', async () => {
        const { sweep } = await plant(0);
        let inside = 0;
        let most = 0;
        const add = (tag: string) =>
          store.transaction(async (tx) => {
            const locked = (await tx.lockSweep(sweep.id))!;
            most = Math.max(most, ++inside);
            await delay(20);
            await tx.updateSweep(sweep.id, ['running'], { name: `${locked.name}${tag}` });
            inside--;
          });
        await Promise.all(['a', 'b', 'c', 'd'].map(add));
        const name = (await store.findSweep(sweep.id))!.name;
        expect(most).toBe(1);
        expect([...name.slice(sweep.name.length)].sort().join('')).toBe('abcd');
      });

      it('that lock the same run take turns', async () => {
        const { runs } = await plant(1);
        const count = () =>
          store.transaction(async (tx) => {
            const { step } = (await tx.lockRun(runs[0]!.id))!;
            await delay(10);
            await tx.updateRun(runs[0]!.id, { step: step + 1 });
          });
        await Promise.all(Array.from({ length: 5 }, count));
        expect((await store.findRun(runs[0]!.id))!.step).toBe(5);
      });

      it('run again after a deadlock', async () => {
        const { runs } = await plant(2);
        const [first, second] = runs.map(({ id }) => id) as [string, string];
        const both = (one: string, other: string) =>
          store.transaction(async (tx) => {
            const { step } = (await tx.lockRun(one))!;
            await delay(60);
            await tx.lockRun(other);
            await tx.updateRun(one, { step: step + 1 });
          });
        await Promise.all([both(first, second), both(second, first)]);
        expect((await store.findRun(first))!.step).toBe(1);
        expect((await store.findRun(second))!.step).toBe(1);
      });
    });

    describe('an idempotency key', () => {
      it('has one effect among 50 requests at the same moment', async () => {
        const { corpus } = await plant(0);
        const key = uniqueId('key');
        const request = () =>
          store
            .transaction(async (tx) => {
              const known = await tx.findIdempotencyKey('POST /v1/sweeps', key);
              if (known) return known.resourceId;
              const sweep = sweepRecord(corpus.id, { name: key });
              await tx.insertSweep(sweep);
              await tx.insertIdempotencyKey('POST /v1/sweeps', key, 'hash', sweep.id);
              return sweep.id;
            })
            .catch(async (error: unknown) => {
              if (!(error instanceof IdempotencyRace)) throw error;
              const known = await store.transaction((tx) => tx.findIdempotencyKey('POST /v1/sweeps', key));
              return known!.resourceId;
            });
        const ids = await Promise.all(Array.from({ length: 50 }, request));
        expect(new Set(ids).size).toBe(1);
        const { sweeps } = await store.listSweeps({ offset: 0, limit: 1000 });
        expect(sweeps.filter(({ name }) => name === key)).toHaveLength(1);
      });

      it('belongs to its route, and tells the hash of its request', async () => {
        const key = uniqueId('key');
        await store.transaction((tx) => tx.insertIdempotencyKey('a', key, 'one', 'x'));
        await store.transaction((tx) => tx.insertIdempotencyKey('b', key, 'two', 'y'));
        const found = await store.transaction((tx) => tx.findIdempotencyKey('a', key));
        expect(found).toEqual({ requestHash: 'one', resourceId: 'x' });
        await expect(store.transaction((tx) => tx.insertIdempotencyKey('a', key, 'one', 'z'))).rejects.toThrow(
          IdempotencyRace,
        );
      });
    });

    describe('an observation', () => {
      it('is recorded once, whichever of the reports wins', async () => {
        const { runs } = await plant(1);
        const id = runs[0]!.id;
        const record = (attempt: number) =>
          store.transaction((tx) => tx.insertObservation(observationRecord(id, { attempt })));
        const outcomes = await Promise.allSettled([record(1), record(2), record(3)]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StateConflict);
        }
        const [kept] = await store.listObservations([id]);
        expect(outcomes[kept!.attempt - 1]!.status).toBe('fulfilled');
        await store.transaction((tx) => tx.deleteObservation(id));
        expect(await store.listObservations([id])).toEqual([]);
        await record(4);
        expect((await store.listObservations([id]))[0]!.losses).toEqual(observationRecord(id).losses);
      });
    });

    describe('a transition', () => {
      it('happens from the named states alone, and for one of two rivals', async () => {
        const { sweep } = await plant(0);
        const move = () => store.transaction((tx) => tx.updateSweep(sweep.id, ['running'], { state: 'fitting' }));
        expect((await Promise.all([move(), move(), move()])).filter(Boolean)).toHaveLength(1);
        const finishedAt = new Date('2026-02-01T00:00:00Z');
        const moved = await store.transaction((tx) =>
          tx.updateSweep(sweep.id, ['fitting', 'confirming'], { state: 'failed', reason: 'why', finishedAt }),
        );
        expect(moved).toBe(true);
        expect(await store.findSweep(sweep.id)).toEqual({ ...sweep, state: 'failed', reason: 'why', finishedAt });
        expect(await store.transaction((tx) => tx.updateSweep('none', ['running'], { name: 'x' }))).toBe(false);
      });

      it('changes what the patch names and nothing else', async () => {
        const { runs } = await plant(2, { reason: 'kept', totalSteps: 7 });
        const [one, other] = runs as [RunRecord, RunRecord];
        await store.transaction(async (tx) => {
          await tx.updateRun(one.id, { state: 'queued', reason: undefined, totalSteps: null, attempt: 1 });
          await tx.insertAttempt(attemptRecord(one.id, 1));
          await tx.updateAttempt(one.id, 1, { state: 'lost', workerId: 'w', host: undefined });
          await tx.updateAttempt(one.id, 2, { state: 'failed' });
        });
        expect(await store.findRun(one.id)).toEqual({ ...one, state: 'queued', totalSteps: null, attempt: 1 });
        expect(await store.findRun(other.id)).toEqual(other);
        const attempt = await store.transaction((tx) => tx.findAttempt(one.id, 1));
        expect(attempt).toEqual(attemptRecord(one.id, 1, { state: 'lost', workerId: 'w' }));
      });
    });

    describeStoreWork(() => store, plant);
    describeStoreReads(() => store, plant);

    describeStoreFits(() => store, plant);

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
