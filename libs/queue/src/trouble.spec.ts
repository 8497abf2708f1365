import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ASSIGNMENT_SOURCE, type AssignmentSource, REPORT_INBOX, REPORT_OUTBOX, RUN_QUEUE } from '#libs/sweeps';
import {
  assignment,
  createTestDatabase,
  eventually,
  query,
  skipRedis,
  startTestRedis,
  type TestRedis,
} from '#libs/testing';
import { producerConnection, type QueueAddress, StoredQueue } from './connection.js';
import { QueueModule } from './queue.module.js';

const timing = { lock: 1_000, stalledInterval: 400, stopPoll: 50, firstBackoff: 30, maximumBackoff: 200 };
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function start(kind: 'forApi' | 'forWorker', address: QueueAddress): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(QueueModule[kind]({ ...address, timing }), {
    logger: false,
    abortOnError: false,
  });
  open.push(app);
  return app;
}

async function queues(address: QueueAddress) {
  const api = await start('forApi', address);
  const worker = await start('forWorker', address);
  const taken: string[] = [];
  open.push(worker.get<AssignmentSource>(ASSIGNMENT_SOURCE).consume(2, async ({ runId }) => void taken.push(runId)));
  return { runs: api.get(RUN_QUEUE), inbox: api.get(REPORT_INBOX), outbox: worker.get(REPORT_OUTBOX), taken };
}

async function newDatabase(): Promise<string> {
  const { databaseUrl, drop } = await createTestDatabase();
  open.push({ close: drop });
  return databaseUrl;
}

async function newRedis(settings = {}): Promise<TestRedis> {
  const redis = await startTestRedis(settings);
  open.push({ close: redis.stop });
  return redis;
}

const stores: [string, () => Promise<QueueAddress>][] = [
  ['PostgreSQL', async () => ({ databaseUrl: await newDatabase() })],
  ...(skipRedis ? [] : [['Redis', newRedis] as [string, () => Promise<QueueAddress>]]),
];

describe.each(stores)('messages that cannot be read, on %s', (_name, newAddress) => {
  let address: QueueAddress;
  beforeEach(async () => {
    const { databaseUrl, redisUrl } = await newAddress();
    address = { databaseUrl, redisUrl };
  });

  it('are dropped, once, and do not hold up those behind them', async () => {
    const { runs, inbox, outbox, taken } = await queues(address);
    const read: string[] = [];
    let calls = 0;
    open.push(
      inbox.consume(async ({ runId }: { runId: string }) => {
        calls++;
        read.push(runId);
      }),
    );
    const junk = [null, 'text', { assignment: { runId: 'evil', command: 'rm' } }, { type: 'result', losses: 'none' }];
    for (const name of ['cuvee-runs', 'cuvee-reports']) {
      const raw = new StoredQueue(name, { connection: producerConnection(address) });
      for (const data of junk) await raw.add('junk', data, { attempts: 5 });
      await eventually(async () => (await raw.getJobCounts('waiting', 'active', 'delayed')).waiting === 0);
      await raw.close();
    }
    const given = assignment();
    await runs.enqueue(given);
    await outbox.send({ type: 'heartbeat', runId: 'good', attempt: 1, workerId: 'w' });
    await eventually(() => taken.length > 0 && read.length > 0);
    await delay(300);
    expect(taken).toEqual([given.runId]);
    expect(read).toEqual(['good']);
    expect(calls).toBe(1);
  });
});

describe('a queue on PostgreSQL', () => {
  it('goes on after all its connections were cut', async () => {
    const databaseUrl = await newDatabase();
    const { runs, taken } = await queues({ databaseUrl });
    const first = assignment();
    await runs.enqueue(first);
    await eventually(() => taken.length === 1);
    const cut = await query(
      databaseUrl,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    expect(cut.length).toBeGreaterThan(2);
    const second = assignment();
    await eventually(() =>
      runs.enqueue(second).then(
        () => true,
        () => false,
      ),
    );
    await eventually(() => taken.length === 2);
    expect(taken).toEqual([first.runId, second.runId]);
  });
});

describe.skipIf(skipRedis)('a queue on Redis', () => {
  it('fails at once while Redis is away, and goes on when it is back, empty', async () => {
    const redis = await newRedis();
    const { runs, taken } = await queues(redis);
    await runs.ping();
    await redis.stop();
    const begun = performance.now();
    await expect(runs.enqueue(assignment())).rejects.toThrow();
    await expect(runs.ping()).rejects.toThrow();
    expect(performance.now() - begun).toBeLessThan(20_000);

    await newRedis({ port: new URL(redis.redisUrl).port });
    const given = assignment();
    await eventually(() =>
      runs.enqueue(given).then(
        () => true,
        () => false,
      ),
    );
    await eventually(() => taken.length === 1, 20_000);
    expect(taken).toEqual([given.runId]);
  });

  it('closes within seconds while Redis is away, once the handlers have returned', async () => {
    const redis = await newRedis();
    const api = await start('forApi', redis);
    const worker = await start('forWorker', redis);
    const order: string[] = [];
    worker.get<AssignmentSource>(ASSIGNMENT_SOURCE).consume(1, async () => {
      order.push('taken');
      await delay(500);
      order.push('returned');
    });
    await api.get(RUN_QUEUE).enqueue(assignment());
    await eventually(() => order.length === 1);
    await redis.stop();
    const begun = performance.now();
    await Promise.all([api.close(), worker.close()]);
    expect(order).toEqual(['taken', 'returned']);
    expect(performance.now() - begun).toBeLessThan(30_000);
  });

  it('does not start where jobs may be evicted, and says how to change that', async () => {
    const { redisUrl } = await newRedis({ 'maxmemory-policy': 'allkeys-lru' });
    await expect(start('forApi', { redisUrl })).rejects.toThrow(/"allkeys-lru".*noeviction/);
  });

  it('does not start where nobody answers, and names the address without the password', async () => {
    const failure = await start('forWorker', { redisUrl: 'redis://:s3cret@127.0.0.1:1' }).catch(String);
    expect(failure).toContain('127.0.0.1:1 does not answer');
    expect(failure).not.toContain('s3cret');
  });
});

describe('closing', () => {
  it('waits for handlers after every onModuleDestroy, before the queues close', async () => {
    const databaseUrl = await newDatabase();
    const api = await start('forApi', { databaseUrl });
    const worker = await start('forWorker', { databaseUrl });
    const order: string[] = [];
    worker.get<AssignmentSource>(ASSIGNMENT_SOURCE).consume(1, async ({ runId }) => {
      order.push('taken');
      await delay(200);
      // What a worker does as its last act.
      await worker.get(REPORT_OUTBOX).send({ type: 'released', runId, attempt: 1, workerId: 'w', reason: 'closing' });
      order.push('sent');
    });
    await api.get(RUN_QUEUE).enqueue(assignment());
    await eventually(() => order.length === 1);
    await worker.close();
    order.push('closed');
    expect(order).toEqual(['taken', 'sent', 'closed']);
  });
});
