import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Assignment, AttemptReport, Report, ReportInput } from '#libs/contracts';
import type { QueueOptions } from '#libs/queue';
import {
  ASSIGNMENT_SOURCE,
  type AssignmentSource,
  type Consumption,
  FIT_QUEUE,
  type FitQueue,
  REPORT_INBOX,
  REPORT_OUTBOX,
  type ReportInbox,
  type ReportOutbox,
  RUN_QUEUE,
  type RunQueue,
} from '#libs/sweeps';
import { assignment } from './assignment.js';
import { eventually } from './eventually.js';
import { holdAssignments } from './hold-assignments.js';
import { uniqueId } from './records.js';
import { describeAssignmentSource } from './source-conformance.js';
import { type Program, spawnProgram } from './spawn-program.js';

/** Short, so that what dies is noticed within a second or two. */
const timing = { lock: 1_000, stalledInterval: 400, stopPoll: 50, firstBackoff: 30, maximumBackoff: 200 };

/**
 * What the queue promises to the use-cases, tried with the modules that the API and the workers use. `open` starts the
 * store that the queue lives in.
 */
export function describeQueue(
  name: string,
  open: () => Promise<{ options: QueueOptions; close(): Promise<void> }>,
): void {
  describe(`queue: ${name}`, () => {
    let opened: { options: QueueOptions; close(): Promise<void> };
    let api: INestApplicationContext;
    let worker: INestApplicationContext;
    let runs: RunQueue;
    let fits: FitQueue;
    let inbox: ReportInbox;
    let source: AssignmentSource;
    let outbox: ReportOutbox;
    const consumptions: Consumption[] = [];
    const programs: Program[] = [];
    let options: QueueOptions;

    beforeAll(async () => {
      // Loaded here: whoever wants the store in memory alone does not wait for Nest and BullMQ.
      const [{ NestFactory }, { QueueModule }] = await Promise.all([import('@nestjs/core'), import('#libs/queue')]);
      opened = await open();
      options = { ...opened.options, timing };
      api = await NestFactory.createApplicationContext(QueueModule.forApi(options), { logger: false });
      worker = await NestFactory.createApplicationContext(QueueModule.forWorker(options), { logger: false });
      runs = api.get(RUN_QUEUE);
      fits = api.get(FIT_QUEUE);
      inbox = api.get(REPORT_INBOX);
      source = worker.get(ASSIGNMENT_SOURCE);
      outbox = worker.get(REPORT_OUTBOX);
    });

    afterEach(async () => {
      await Promise.all(programs.splice(0).map((program) => program.end('SIGKILL')));
      await Promise.all(consumptions.splice(0).map((consumption) => consumption.close()));
    });

    afterAll(async () => {
      await worker?.close();
      await api?.close();
      await opened?.close();
    });

    function work(concurrency = 1) {
      const held = holdAssignments(source, concurrency);
      consumptions.push(held);
      return held;
    }

    /** Sends it to a worker that is a process of its own, and waits until that one holds it. */
    async function takeElsewhere(given: Assignment): Promise<Program> {
      const program = spawnProgram(new URL('queue-consumer.program.ts', import.meta.url), [JSON.stringify(options)]);
      programs.push(program);
      await program.line('ready');
      await runs.enqueue(given);
      await program.line(`took ${given.runId} 1`);
      return program;
    }

    const gone = (given: Assignment) => eventually(async () => (await runs.presence(given)) === 'gone');

    describeAssignmentSource(() => ({
      source,
      outbox,
      give: async () => {
        const given = assignment();
        await runs.enqueue(given);
        return given;
      },
      stop: (key) => runs.requestStop(key, 'the sweep was cancelled'),
    }));

    describe('runs', () => {
      it('are delivered as they were sent, and shown as waiting, held and gone', async () => {
        const given = assignment();
        expect(await runs.presence(given)).toBe('gone');
        await runs.enqueue(given);
        expect(await runs.presence(given)).toBe('waiting');
        const { taken, release } = work();
        await eventually(() => taken.length === 1);
        expect(taken).toEqual([given]);
        expect(await runs.presence(given)).toBe('held');
        release(given.runId);
        await gone(given);
      });

      it('come in the order they were sent', async () => {
        const sent = Array.from({ length: 5 }, () => assignment());
        for (const given of sent) await runs.enqueue(given);
        const { taken, release } = work();
        for (const [index, { runId }] of sent.entries()) {
          await eventually(() => taken.length === index + 1);
          release(runId);
        }
        expect(taken.map(({ runId }) => runId)).toEqual(sent.map(({ runId }) => runId));
      });

      it('are delivered once for each attempt, however often they are sent', async () => {
        const given = assignment();
        await Promise.all([runs.enqueue(given), runs.enqueue(given), runs.enqueue(given)]);
        const { taken, release } = work(4);
        await eventually(() => taken.length === 1);
        await runs.enqueue(given);
        release(given.runId);
        await gone(given);
        await runs.enqueue(given);
        await delay(200);
        expect(taken).toHaveLength(1);
        const next = { ...given, attempt: 2 };
        await runs.enqueue(next);
        await eventually(() => taken.length === 2);
        expect(taken[1]).toEqual(next);
      });

      it('are taken back while they wait', async () => {
        const given = assignment();
        await runs.enqueue(given);
        await runs.requestStop(given, 'cancelled');
        expect(await runs.presence(given)).toBe('gone');
        const { taken } = work();
        const after = assignment();
        await runs.enqueue(after);
        await eventually(() => taken.length === 1);
        expect(taken).toEqual([after]);
      });

      it('hear the request to stop, with its reason, while they are held', async () => {
        const [given, other] = [assignment(), assignment()];
        const { taken, stops } = work(2);
        await runs.enqueue(given);
        await runs.enqueue(other);
        await eventually(() => taken.length === 2);
        await runs.requestStop(given, 'the sweep was cancelled');
        // A worker that has not heard of it yet still reports, and is told again: the first reason stands.
        await runs.requestStop(given, 'the attempt is stale');
        await eventually(() => stops.has(given.runId));
        expect(stops.get(given.runId)).toBe('the sweep was cancelled');
        await gone(given);
        expect(stops.has(other.runId)).toBe(false);
        await runs.requestStop(given, 'again');
        await runs.requestStop({ runId: 'never-sent', attempt: 1 }, 'nobody');
      });

      it('keep their worker for longer than a lock, since it is renewed', async () => {
        const given = assignment();
        const { taken, stops } = work(2);
        await runs.enqueue(given);
        await eventually(() => taken.length === 1);
        await delay(timing.lock * 2.5);
        expect(await runs.presence(given)).toBe('held');
        expect(stops.size).toBe(0);
        expect(taken).toHaveLength(1);
      });

      it('of a killed worker process are not delivered again; the next attempt is', async () => {
        const given = assignment();
        const program = await takeElsewhere(given);
        await program.end('SIGKILL');
        expect(await runs.presence(given)).toBe('held');

        const { taken } = work();
        await gone(given);
        const next = { ...given, attempt: 2 };
        await runs.enqueue(next);
        await eventually(() => taken.length === 1);
        await delay(300);
        expect(taken).toEqual([next]);
      });

      it('of a worker process that slept past its lock are stopped when it wakes', async () => {
        const given = assignment();
        const program = await takeElsewhere(given);
        program.child.kill('SIGSTOP');
        const { taken } = work();
        await gone(given);
        program.child.kill('SIGCONT');
        expect(await program.line('stopped')).toContain(`stopped ${given.runId} 1: the queue`);
        expect(taken).toEqual([]);
      });

      it('wait for their handlers when the consumer closes', async () => {
        const given = assignment();
        const waiting = assignment();
        const { taken, release, consumption } = work();
        await runs.enqueue(given);
        await runs.enqueue(waiting);
        await eventually(() => taken.length === 1);
        let closed = false;
        const closing = consumption.close().then(() => {
          closed = true;
        });
        await delay(200);
        expect(closed).toBe(false);
        release(given.runId);
        await closing;
        expect(taken).toEqual([given]);
        expect(await runs.presence(given)).toBe('gone');
        expect(await runs.presence(waiting)).toBe('waiting');
        await runs.requestStop(waiting, 'end of the test');
      });
    });

    describe('runs, taken again after a close', () => {
      it('come to the new consumption alone, also while a handler of the old one goes on', async () => {
        const sent = [assignment(), assignment(), assignment()];
        const old = work(2);
        await runs.enqueue(sent[0]!);
        await eventually(() => old.taken.length === 1);
        const closing = old.consumption.close();
        // A free slot that waits for work is woken by the close, and may still take what comes in that instant.
        await delay(100);
        const next = work();
        await runs.enqueue(sent[1]!);
        await eventually(() => next.taken.length === 1);
        old.release(sent[0]!.runId);
        await closing;
        next.release(sent[1]!.runId);
        await next.close();
        const last = work();
        await runs.enqueue(sent[2]!);
        await eventually(() => last.taken.length === 1);
        expect([old, next, last].map(({ taken }) => taken)).toEqual(sent.map((given) => [given]));
      });

      it('stay in the queue when the handler itself closes its consumption', async () => {
        const sent = [assignment(), assignment(), assignment()];
        for (const given of sent) await runs.enqueue(given);
        const taken: string[] = [];
        let closed: Promise<void> | undefined;
        const consumption = source.consume(1, async ({ runId }) => {
          taken.push(runId);
          closed = consumption.close();
        });
        await eventually(() => closed !== undefined);
        await closed;
        expect(taken).toEqual([sent[0]!.runId]);
        expect(await runs.presence(sent[1]!)).toBe('waiting');
        const rest = work(2);
        await eventually(() => rest.taken.length === 2);
        expect(rest.taken).toEqual(sent.slice(1));
      });
    });

    describe('reports', () => {
      const fence = () => ({ runId: uniqueId('run'), attempt: 1, workerId: 'w' });

      it('are read as they were sent, NaN and infinity included, in order', async () => {
        const sent: ReportInput[] = [
          { type: 'started', ...fence(), host: 'h' },
          { type: 'progress', ...fence(), step: 1, totalSteps: 2, tokens: 3, trainLoss: 'NaN' },
          {
            type: 'result',
            ...fence(),
            losses: { web: { natsPerToken: 'Infinity', bitsPerByte: '-Infinity' } },
            tokens: 1,
            seconds: 0.1 + 0.2,
          },
        ];
        for (const report of sent) await outbox.send(report);
        const read: Report[] = [];
        consumptions.push(inbox.consume(async (report) => void read.push(report)));
        await eventually(() => read.length === 3);
        expect(read).toEqual([
          sent[0],
          { ...sent[1], trainLoss: Number.NaN },
          { ...sent[2], losses: { web: { natsPerToken: Infinity, bitsPerByte: -Infinity } } },
        ]);
      });

      it('come again after the handler threw, later ones meanwhile', async () => {
        const first = fence();
        const second = fence();
        const read: string[] = [];
        let refusals = 0;
        consumptions.push(
          inbox.consume(async (report) => {
            const { runId } = report as AttemptReport;
            if (runId === first.runId && refusals < 4) {
              refusals++;
              throw new Error('the database is away');
            }
            read.push(runId);
          }),
        );
        await outbox.send({ type: 'heartbeat', ...first });
        await outbox.send({ type: 'heartbeat', ...second });
        await eventually(() => read.length === 2);
        expect(refusals).toBe(4);
        expect(read).toEqual([second.runId, first.runId]);
      });

      it('outlive their consumer, and are read by the next one', async () => {
        const sent = [fence(), fence()];
        for (const key of sent) await outbox.send({ type: 'heartbeat', ...key });
        await inbox.consume(async () => {}).close();
        const before = fence();
        await outbox.send({ type: 'heartbeat', ...before });
        const read: string[] = [];
        consumptions.push(inbox.consume(async (report) => void read.push((report as AttemptReport).runId)));
        await eventually(() => read.includes(before.runId));
      });

      it('are waited for when the consumer closes', async () => {
        let handled = 0;
        const consumption = inbox.consume(async () => {
          await delay(150);
          handled++;
        });
        await outbox.send({ type: 'heartbeat', ...fence() });
        await delay(80);
        await consumption.close();
        const atClose = handled;
        await delay(250);
        expect(handled).toBe(atClose);
        const rest = inbox.consume(async () => void handled++);
        await eventually(() => handled === 1);
        await rest.close();
      });
    });

    describe('fits', () => {
      it('are asked for once while one waits, and may be asked for again', async () => {
        const [sweepId, other] = [uniqueId('sweep'), uniqueId('sweep')];
        await fits.enqueue(sweepId, 0);
        await fits.enqueue(sweepId, 0);
        await fits.enqueue(other, 0);
        const read: string[] = [];
        consumptions.push(fits.consume(async (id) => void read.push(id)));
        await eventually(() => read.length === 2);
        await delay(100);
        expect(read).toEqual([sweepId, other]);
        await fits.enqueue(sweepId, 0);
        await eventually(() => read.length === 3);
      });

      it('are tried again after the handler threw', async () => {
        const sweepId = uniqueId('sweep');
        let calls = 0;
        consumptions.push(
          fits.consume(async () => {
            if (++calls < 3) throw new Error('on purpose');
          }),
        );
        await fits.enqueue(sweepId, 1);
        await eventually(() => calls === 3);
      });
    });

    it('answers a ping', async () => {
      await expect(runs.ping()).resolves.toBeUndefined();
    });
  });
}
