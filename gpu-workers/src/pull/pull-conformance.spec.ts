import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { createStore, type OpenStore } from '#libs/store';
import { describeAssignmentSource, plantSweep, uniqueId, withDatabase } from '#libs/testing';
import { type RunningApi, startApi } from '../../../apps/api/src/main.js';
import { HeldLeases } from './held-leases.js';
import { HttpAssignmentSource } from './http-assignment-source.js';
import { HttpReportOutbox } from './http-report-outbox.js';
import { LeaseClient } from './lease-client.js';

describe('leases over HTTP, as the queue', () => {
  const database = withDatabase();
  let api: RunningApi;
  let opened: OpenStore;
  let client: LeaseClient;
  const sweeps = new Map<string, string>();

  beforeAll(async () => {
    api = await startApi({ port: 0, databaseUrl: database.url, logLevel: 'silent' });
    opened = createStore({ databaseUrl: database.url });
    client = new LeaseClient({ pullUrl: api.url });
  });
  afterEach(async () => {
    for (const runId of [...sweeps.keys()]) await cancel(runId);
  });
  afterAll(async () => {
    await opened?.close();
    await api?.close();
  });

  async function cancel(runId: string): Promise<void> {
    await fetch(`${api.url}/v1/sweeps/${sweeps.get(runId)}/cancel`, { method: 'POST' });
    sweeps.delete(runId);
  }

  const held = new HeldLeases();
  const workerId = uniqueId('worker');
  describeAssignmentSource(() => {
    const identity = { workerId, host: 'h', trainers: ['transformer'] };
    const outbox = new HttpReportOutbox(client, held);
    return {
      source: new HttpAssignmentSource(client, held, identity, pino({ level: 'silent' })),
      outbox,
      give: async () => {
        const { runs, sweep } = await plantSweep(opened.store, 1);
        const [run] = runs;
        sweeps.set(run!.id, sweep.id);
        return { runId: run!.id, attempt: 1 };
      },
      stop: ({ runId }) => cancel(runId),
      heartbeat: ({ runId, attempt }) => outbox.send({ type: 'heartbeat', runId, attempt, workerId }),
    };
  });
});
