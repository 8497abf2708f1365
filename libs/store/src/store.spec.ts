import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { STORE, type Store } from '#libs/sweeps';
import { corpusRecord, describeStore, query, roundRecord, runRecord, sweepRecord, withDatabase } from '#libs/testing';
import { createStore, StoreModule } from './index.js';

const database = withDatabase();

describeStore('PostgreSQL', async () => createStore({ databaseUrl: database.url }));

describe('on PostgreSQL', () => {
  it('a claimer skips the runs that another transaction holds, and does not wait for it', async () => {
    const { store, close } = createStore({ databaseUrl: database.url });
    const corpus = corpusRecord();
    const sweep = sweepRecord(corpus.id, { createdAt: new Date('1990-01-01T00:00:00Z') });
    const round = roundRecord(sweep.id);
    const runs = [0, 1, 2].map((index) => runRecord(round, index));
    await store.transaction(async (tx) => {
      await tx.insertCorpus(corpus);
      await tx.insertSweep(sweep);
      await tx.insertRound(round);
      await tx.insertRuns(runs);
    });
    await store.transaction(async (holder) => {
      expect((await holder.claimWaitingRuns(2, new Date())).map(({ id }) => id)).toEqual([runs[0]!.id, runs[1]!.id]);
      const others = await store.transaction((tx) => tx.claimWaitingRuns(1, new Date()));
      expect(others.map(({ id }) => id)).toEqual([runs[2]!.id]);
    });
    await close();
  });

  it('a statement after close throws instead of opening connections that nobody closes', async () => {
    const { store, close } = createStore({ databaseUrl: database.url });
    await store.ping();
    await close();
    await close();
    await expect(store.ping()).rejects.toThrow(/pool/i);
  });

  it('a server that is gone makes a ping reject, and a broken idle connection is told and survived', async () => {
    const errors: Error[] = [];
    const open = createStore({ databaseUrl: database.url, onPoolError: (error) => errors.push(error) });
    await open.store.ping();
    await query(
      database.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cuvee store' AND datname = current_database()",
    );
    for (let waited = 0; errors.length === 0 && waited < 2_000; waited += 20) await delay(20);
    expect(errors.length).toBeGreaterThan(0);
    await expect(open.store.ping()).resolves.toBeUndefined();
    await open.close();

    const nowhere = createStore({ databaseUrl: 'postgresql://nobody:none@127.0.0.1:1/none' });
    await expect(nowhere.store.ping()).rejects.toThrow();
    await nowhere.close();
  });

  it('the module closes the store after every onModuleDestroy has returned', async () => {
    const order: string[] = [];
    class Drains {
      async onModuleDestroy() {
        await delay(20);
        await app.get<Store>(STORE).ping();
        order.push('drained');
      }
    }
    class TestModule {}
    Module({ imports: [StoreModule.forRoot({ databaseUrl: database.url })], providers: [Drains] })(TestModule);
    const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
    const store = app.get<Store>(STORE);
    await store.ping();
    await app.close();
    expect(order).toEqual(['drained']);
    await expect(store.ping()).rejects.toThrow(/pool/i);
  });
});
