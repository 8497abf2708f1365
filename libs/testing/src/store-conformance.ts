import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  IdempotencyRace,
  type RoundRecord,
  type RunRecord,
  StateConflict,
  type Store,
  type SweepRecord,
} from '#libs/sweeps';
import {
  attemptRecord,
  corpusRecord,
  observationRecord,
  roundRecord,
  runRecord,
  sweepRecord,
  uniqueId,
} from './records.js';

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

    async function plant(runs: number, overrides: Partial<RunRecord> = {}, sweepOverrides: Partial<SweepRecord> = {}) {
      const corpus = corpusRecord();
      const sweep = sweepRecord(corpus.id, sweepOverrides);
      const round = roundRecord(sweep.id);
      const planted = Array.from({ length: runs }, (_, index) => runRecord(round, index, overrides));
      await store.transaction(async (tx) => {
        await tx.insertCorpus(corpus);
        await tx.insertSweep(sweep);
        await tx.insertRound(round);
        await tx.insertRuns(planted);
      });
      return { corpus, sweep, round, runs: planted };
    }

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
        const fit = {
          id: uniqueId('fit'),
          sweepId: sweep.id,
          model: 'linear',
          seed: 1,
          runs: 8,
          leftOut: 0,
          inputsHash: 'i',
          codeVersion: 'c',
          targets: { web: { rank: [0.5, Number.NaN] } },
          createdAt: new Date('2026-01-01T00:00:00Z'),
        };
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

    describe('claiming waiting runs', () => {
      it('gives the oldest sweep first, by index, from sweeps that run', async () => {
        const newer = await plant(2, {}, { createdAt: new Date('2001-01-02T00:00:00Z') });
        const older = await plant(2, {}, { createdAt: new Date('2001-01-01T00:00:00Z'), state: 'confirming' });
        const done = await plant(1, {}, { createdAt: new Date('2000-01-01T00:00:00Z'), state: 'cancelled' });
        const claimed = await store.transaction((tx) => tx.claimWaitingRuns(4));
        expect(claimed.map(({ id }) => id)).toEqual([...older.runs, ...newer.runs].map(({ id }) => id));
        expect(claimed.some(({ sweepId }) => sweepId === done.sweep.id)).toBe(false);
        expect(claimed[0]).toEqual(older.runs[0]);
        expect(await store.transaction((tx) => tx.claimWaitingRuns(1))).toHaveLength(1);
        await settle([...older.runs, ...newer.runs]);
      });

      it('gives no run to two claimers', async () => {
        const { runs } = await plant(12, {}, { createdAt: new Date('2000-06-01T00:00:00Z') });
        const claim = () =>
          store.transaction(async (tx) => {
            const claimed = await tx.claimWaitingRuns(5);
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
        await store.transaction(async (tx) => {
          for (const { id } of runs) await tx.updateRun(id, { state: 'cancelled' });
        });
      }
    });

    describe('lists', () => {
      it('of runs are by index, filtered and paged', async () => {
        const { sweep, round, runs } = await plant(5);
        await store.transaction(async (tx) => {
          await tx.insertRuns([runRecord(round, 5, { role: 'natural', state: 'failed' })]);
          await tx.updateRun(runs[3]!.id, { state: 'running' });
        });
        const page = await store.listRuns(sweep.id, { offset: 1, limit: 2 });
        expect([page.total, page.runs.map(({ index }) => index)]).toEqual([6, [1, 2]]);
        const running = await store.listRuns(sweep.id, { state: 'running', offset: 0, limit: 10 });
        expect([running.total, running.runs.map(({ index }) => index)]).toEqual([1, [3]]);
        const natural = await store.listRuns(sweep.id, { role: 'natural', offset: 0, limit: 10 });
        expect(natural.runs.map(({ index }) => index)).toEqual([5]);
        await store.transaction(async (tx) => {
          const states = await tx.runsOfSweep(sweep.id, ['running', 'failed']);
          expect(states.map(({ index }) => index)).toEqual([3, 5]);
          expect(await tx.countUnfinished(round.id)).toBe(5);
        });
      });

      it('of sweeps are newest first', async () => {
        const at = (year: number) => ({ createdAt: new Date(Date.UTC(year, 0)) });
        const first = await plant(0, {}, at(2991));
        const second = await plant(0, {}, at(2992));
        const { sweeps, total } = await store.listSweeps({ offset: 0, limit: 2 });
        expect(sweeps.map(({ id }) => id)).toEqual([second.sweep.id, first.sweep.id]);
        expect(total).toBeGreaterThan(2);
        expect((await store.listSweeps({ offset: 1, limit: 1 })).sweeps[0]!.id).toBe(first.sweep.id);
      });

      it('show what the reconciler looks for', async () => {
        const now = new Date('1999-01-01T00:00:00Z');
        const before = new Date(now.getTime() - 1);
        const { runs, sweep } = await plant(2, { state: 'queued', queuedAt: before }, { state: 'fitting' });
        const [one, other] = runs as [RunRecord, RunRecord];
        await store.transaction(async (tx) => {
          await tx.insertAttempt(attemptRecord(one.id, 1, { leaseUntil: before }));
          await tx.insertAttempt(attemptRecord(one.id, 2, { leaseUntil: before, state: 'lost' }));
          await tx.insertAttempt(attemptRecord(other.id, 1, { leaseUntil: now }));
          await tx.insertAttempt(attemptRecord(other.id, 2));
        });
        const expired = await store.expiredAttempts(now);
        expect(expired.map(({ runId, number }) => [runId, number])).toEqual([[one.id, 1]]);
        expect((await store.runsQueuedBefore(now)).map(({ id }) => id)).toEqual([one.id, other.id]);
        expect(await store.runsQueuedBefore(before)).toEqual([]);
        expect((await store.sweepsInState('fitting')).map(({ id }) => id)).toContain(sweep.id);
        const count = await store.transaction((tx) => tx.countInFlight());
        expect(count).toBeGreaterThanOrEqual(2);
      });
    });

    it('counts runs by state, with the steps of those under way and the mean time of those done', async () => {
      const { sweep, round } = await plant(2);
      const startedAt = new Date('2026-01-01T00:00:00Z');
      const lasting = (seconds: number) => ({ startedAt, finishedAt: new Date(startedAt.getTime() + seconds * 1000) });
      await store.transaction((tx) =>
        tx.insertRuns([
          runRecord(round, 2, { state: 'running', step: 1, totalSteps: 4 }),
          runRecord(round, 3, { state: 'running', step: 4, totalSteps: 8 }),
          runRecord(round, 4, { state: 'running' }),
          runRecord(round, 5, { state: 'succeeded', ...lasting(1) }),
          runRecord(round, 6, { state: 'succeeded', ...lasting(2.5) }),
        ]),
      );
      expect(await store.runCounts(sweep.id)).toEqual({
        byState: { waiting: 2, running: 3, succeeded: 2 },
        runningFraction: 0.75,
        meanSeconds: 1.75,
      });
      expect(await store.runCounts('none')).toEqual({ byState: {}, runningFraction: 0, meanSeconds: null });
    });

    it('deletes a round with everything below it', async () => {
      const { sweep, round, runs } = await plant(2);
      const next: RoundRecord = roundRecord(sweep.id, { index: 1, kind: 'confirmation' });
      const id = runs[0]!.id;
      await store.transaction(async (tx) => {
        await tx.insertRound(next);
        await tx.insertRuns([runRecord(next, 2)]);
        await tx.insertAttempt(attemptRecord(id, 1));
        await tx.insertObservation(observationRecord(id));
        await tx.insertCurvePoint({ runId: id, attempt: 1, step: 1, tokens: 1, trainLoss: 1, losses: {} });
        expect(await tx.listRounds(sweep.id)).toEqual([round, next]);
        await tx.deleteRound(round.id);
        expect(await tx.listRounds(sweep.id)).toEqual([next]);
      });
      expect((await store.listRuns(sweep.id, { offset: 0, limit: 10 })).runs.map(({ index }) => index)).toEqual([2]);
      expect(await store.listAttempts(id)).toEqual([]);
      expect(await store.listObservations([id])).toEqual([]);
      expect(await store.curve(id)).toEqual([]);
    });

    describe('the outbox', () => {
      it('keeps its order and forgets what was dispatched', async () => {
        const tag = uniqueId('tag');
        for (const n of [1, 2, 3]) {
          await store.transaction((tx) => tx.appendOutbox({ topic: 'run', payload: { tag, n } }));
        }
        const mine = async () => (await store.pendingOutbox(1000)).filter(({ payload }) => payload.tag === tag);
        const pending = await mine();
        expect(pending.map(({ topic, payload }) => [topic, payload.n])).toEqual([
          ['run', 1],
          ['run', 2],
          ['run', 3],
        ]);
        await store.transaction((tx) => tx.markDispatched([pending[0]!.id, pending[2]!.id]));
        expect((await mine()).map(({ payload }) => payload.n)).toEqual([2]);
        expect(await store.pendingOutbox(1)).toHaveLength(1);
      });
    });

    describe('events', () => {
      it('come in order, from any id on', async () => {
        const { sweep } = await plant(0);
        const add = (n: number) =>
          store.transaction((tx) => tx.appendEvent({ sweepId: sweep.id, type: 'run', data: { n } }));
        for (const n of [1, 2, 3]) await add(n);
        const events = await store.eventsAfter(sweep.id, 0, 10);
        expect(events.map(({ data }) => data.n)).toEqual([1, 2, 3]);
        expect(events.every(({ at, type }) => at instanceof Date && type === 'run')).toBe(true);
        const rest = await store.eventsAfter(sweep.id, events[0]!.id, 1);
        expect(rest.map(({ data }) => data.n)).toEqual([2]);
      });

      it('are not missed by a reader who follows while several transactions write', async () => {
        const { sweep } = await plant(0);
        const seen: number[] = [];
        let writing = true;
        const follow = async () => {
          for (let last = 0, ended = false; !ended; ) {
            ended = !writing;
            const events = await store.eventsAfter(sweep.id, last, 100);
            for (const { id, data } of events) {
              last = id;
              seen.push(data.n as number);
            }
            await delay(2);
          }
        };
        const write = async (writer: number) => {
          for (let n = 0; n < 8; n++) {
            await store.transaction(async (tx) => {
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

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
