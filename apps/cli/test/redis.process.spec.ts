import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { skipRedis, startTestRedis, type TestRedis, withDatabase } from '#libs/testing';
import { ApiClient } from '../src/client/api-client.js';
import { killAll, pressCtrlC, processesOn, startCuvee, tinyTrainer, untilUp, writeText } from './start-cuvee.js';

describe.skipIf(skipRedis)('with DATABASE_URL and REDIS_URL', () => {
  const database = withDatabase();
  let home: string;
  let redis: TestRedis;
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'cuvee-redis-'));
    redis = await startTestRedis();
  });
  afterEach(async () => {
    killAll(home);
    await redis.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it('a sweep completes, each run recorded once, though Redis loses everything while it is queued', async () => {
    writeText(home);
    const up = startCuvee(['up', '--home', home, '--port', '0', '--workers', '2'], {
      DATABASE_URL: database.url,
      REDIS_URL: redis.redisUrl,
      CUVEE_LEASE_SECONDS: '2',
    });
    const client = new ApiClient(await untilUp(up));
    expect(processesOn(home).filter(({ command }) => command.includes('postgres'))).toEqual([]);

    const corpus = await client.createCorpus({
      name: 'mine',
      domains: ['words', 'numbers'].map((name) => ({ name, source: `mine/${name}.jsonl`, tokens: 50_000 })),
    });
    const sweep = await client.createSweep(
      {
        corpusId: corpus.id,
        strategy: { name: 'regmix', runs: 8 },
        trainer: { ...tinyTrainer, name: 'transformer', parameters: { ...tinyTrainer.parameters, steps: 60 } },
      },
      'redis',
    );
    await vi.waitFor(async () => expect((await client.runs(sweep.id, { state: 'running' })).total).toBe(2), {
      timeout: 30_000,
      interval: 50,
    });
    expect(await redis.flush()).toBeGreaterThan(0);

    await vi.waitFor(async () => expect((await client.sweep(sweep.id)).state).toBe('completed'), {
      timeout: 90_000,
      interval: 250,
    });
    const runs = await client.allRuns(sweep.id);
    expect(runs.map(({ state }) => state)).toEqual(runs.map(() => 'succeeded'));
    expect(runs.filter(({ observation }) => observation === null)).toEqual([]);

    pressCtrlC(up);
    expect(await up.ended).toBe(0);
    expect(processesOn(home)).toEqual([]);
  }, 150_000);
});
