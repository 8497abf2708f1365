import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { AssignmentSource, AttemptKey, Consumption, ReportOutbox } from '#libs/sweeps';
import { eventually } from './eventually.js';
import { holdAssignments } from './hold-assignments.js';

export interface SourceUnderTest {
  source: AssignmentSource;
  outbox: ReportOutbox;
  /** Makes one more run ready, behind those before it. */
  give(): Promise<AttemptKey>;
  /** The API decides that the attempt is to stop. */
  stop(key: AttemptKey): Promise<void>;
  /** What the host sends while a run is under way, where the answer carries the stop; nothing otherwise. */
  heartbeat?(key: AttemptKey): Promise<void>;
}

/** What the worker's two ports promise to the host, however assignments and reports travel. */
export function describeAssignmentSource(open: () => SourceUnderTest): void {
  describe('assignments', () => {
    const consumptions: Consumption[] = [];
    afterEach(async () => {
      await Promise.all(consumptions.splice(0).map((consumption) => consumption.close()));
    });

    function work(concurrency: number) {
      const { source, heartbeat } = open();
      const held = holdAssignments(source, concurrency, heartbeat);
      consumptions.push(held);
      return held;
    }

    it('are taken as many at a time as was asked for', async () => {
      const given: AttemptKey[] = [];
      for (let n = 0; n < 4; n += 1) given.push(await open().give());
      const { taken, release } = work(3);
      await eventually(() => taken.length === 3);
      await delay(150);
      expect(taken).toHaveLength(3);
      release(taken[0]!.runId);
      await eventually(() => taken.length === 4);
      expect(taken.map(({ runId }) => runId).sort()).toEqual(given.map(({ runId }) => runId).sort());
    });

    it('go to one of several consumers', async () => {
      const given: AttemptKey[] = [];
      for (let n = 0; n < 12; n += 1) given.push(await open().give());
      const taken: string[] = [];
      for (let n = 0; n < 3; n += 1) {
        consumptions.push(
          open().source.consume(2, async ({ runId }) => {
            taken.push(runId);
            await delay(5);
          }),
        );
      }
      await eventually(() => taken.length >= 12);
      await delay(100);
      expect([...taken].sort()).toEqual(given.map(({ runId }) => runId).sort());
    });

    it('are not delivered again after the handler threw', async () => {
      await open().give();
      let calls = 0;
      consumptions.push(
        open().source.consume(1, async () => {
          calls += 1;
          throw new Error('on purpose');
        }),
      );
      await eventually(() => calls === 1);
      await delay(300);
      expect(calls).toBe(1);
    });

    it('hear the request to stop, with its reason, while they are held; others do not', async () => {
      const { taken, stops } = work(2);
      const [given, other] = [await open().give(), await open().give()];
      await eventually(() => taken.length === 2);
      await open().stop(given);
      await eventually(() => stops.has(given.runId));
      expect(stops.get(given.runId)).toMatch(/cancelled/);
      expect(stops.has(other.runId)).toBe(false);
    });

    it('under way are waited for when the consumer closes, and no more are taken', async () => {
      const given = await open().give();
      const { taken, release, consumption } = work(1);
      await eventually(() => taken.length === 1);
      const next = await open().give();
      let closed = false;
      const closing = consumption.close().then(() => {
        closed = true;
      });
      await delay(200);
      expect(closed).toBe(false);
      release(given.runId);
      await closing;
      expect(taken.map(({ runId }) => runId)).toEqual([given.runId]);
      const later = work(1);
      await eventually(() => later.taken.length === 1);
      expect(later.taken[0]?.runId).toBe(next.runId);
    });
  });

  it('reports that are none are refused at the sender', async () => {
    const sent = open().outbox.send({ type: 'heartbeat', runId: 'r', attempt: 0, workerId: 'w' });
    await expect(sent).rejects.toThrow();
  });
}
