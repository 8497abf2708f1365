import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunDetailResponse, WorkerList } from '#libs/contracts';
import { ApiClient } from '../src/client/api-client.js';
import { killAll, pressCtrlC, processesOn, startCuvee, tinyTrainer, untilUp, writeText } from './start-cuvee.js';

describe('cuvee worker --pull', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'cuvee-pull-worker-'));
  });
  afterEach(() => {
    killAll(home);
    rmSync(home, { recursive: true, force: true });
  });

  it('trains the runs of an API with the built-in trainer, and hands its run back at a Ctrl-C', async () => {
    writeText(home);
    const up = startCuvee(['up', '--home', home, '--port', '0', '--workers', '0']);
    const client = new ApiClient(await untilUp(up));
    const get = async <T>(path: string) => (await (await fetch(client.url + path)).json()) as T;
    const corpus = await client.createCorpus({
      name: 'mine',
      domains: ['words', 'numbers'].map((name) => ({ name, source: `mine/${name}.jsonl`, tokens: 50_000 })),
    });
    const trainer = { ...tinyTrainer, parameters: { ...tinyTrainer.parameters, steps: 60 } };
    const sweep = await client.createSweep(
      { corpusId: corpus.id, strategy: { name: 'regmix', runs: 8 }, trainer },
      'pull',
    );
    // The address is said in three places: the option wins.
    const worker = startCuvee(['worker', '--pull', `${client.url}/`, '--home', home], {
      REDIS_URL: 'redis://127.0.0.1:1',
      CUVEE_PULL_URL: 'http://127.0.0.1:1',
    });
    await vi.waitFor(async () => expect((await client.runs(sweep.id, { state: 'succeeded' })).total).toBe(1), {
      timeout: 60_000,
      interval: 100,
    });
    const { workers } = await get<WorkerList>('/v1/workers');
    expect(workers).toMatchObject([{ transport: 'http', state: 'active', slots: 1 }]);
    const { runs } = await client.runs(sweep.id, { state: 'succeeded' });
    const run = await get<RunDetailResponse>(`/v1/runs/${runs[0]?.id}`);
    expect(run.attempts).toMatchObject([{ number: 1, workerId: workers[0]?.id }]);

    await vi.waitFor(async () => expect((await client.runs(sweep.id, { state: 'running' })).total).toBe(1), {
      timeout: 10_000,
      interval: 20,
    });
    pressCtrlC(worker);
    expect(await worker.ended).toBe(0);
    expect((await client.runs(sweep.id, { state: 'running' })).total).toBe(0);
    expect((await client.runs(sweep.id, { state: 'failed' })).total).toBe(0);
    expect(processesOn(home).filter(({ command }) => command.includes(' worker '))).toEqual([]);

    pressCtrlC(up);
    expect(await up.ended).toBe(0);
  }, 120_000);

  it.each([
    [['--pull', 'nonsense'], {}, /CUVEE_PULL_URL: must be an http/],
    [['--pull', 'https://somebody:sentinel@head'], {}, /CUVEE_PULL_URL: must hold no user/],
    [[], { REDIS_URL: 'redis://q', CUVEE_PULL_URL: 'http://head' }, /CUVEE_PULL_URL: .*not both/],
  ])('%j with %j ends with 2 and names the variable', async (args, environment, message) => {
    const worker = startCuvee(['worker', '--home', home, ...args], environment);
    expect(await worker.ended).toBe(2);
    expect(worker.output()).toMatch(message);
    expect(worker.output()).not.toContain('sentinel');
  });
});
