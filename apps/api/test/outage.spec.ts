import { createServer } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreModule } from '#libs/store';
import { apiDefaults } from '../src/config.js';
import { type RunningApi, startWith } from '../src/start-with.js';
import { MemoryQueue } from './memory-queue.js';

let api: RunningApi;
const log: string[] = [];

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

beforeAll(async () => {
  const databaseUrl = `postgresql://cuvee:sentinel-secret@127.0.0.1:${await closedPort()}/cuvee`;
  const logger = pino({ level: 'trace' }, { write: (line: string) => log.push(line) });
  const config = { ...apiDefaults, port: 0, databaseUrl };
  api = await startWith(config, [StoreModule.forRoot({ databaseUrl }), new MemoryQueue().module()], logger);
});
afterAll(() => api?.close());

describe('while the database is away', () => {
  it('says so with 503 and when to come back, and guesses nothing', async () => {
    for (const path of ['/v1/corpora', '/v1/sweeps', '/v1/runs/run_1', '/v1/sweeps/swp_1/events']) {
      const response = await fetch(api.url + path);
      expect([path, response.status]).toEqual([path, 503]);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await response.json()).toMatchObject({ code: 'database-unavailable', title: 'Service Unavailable' });
    }
  });

  it('is alive but not ready, and still counts what it can', async () => {
    expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${api.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'unavailable', checks: { database: 'unavailable', queue: 'ok' } });
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toContain('cuvee_database_up 0');
    expect(metrics).not.toContain('cuvee_runs{');
  });

  it('logs the cause and no password', () => {
    expect(log.join('')).toContain('database-unavailable');
    expect(log.join('')).toContain('DatabaseNotReachable');
    expect(log.join('')).not.toContain('sentinel-secret');
  });
});
