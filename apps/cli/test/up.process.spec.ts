import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunDetailResponse, SweepPage } from '#libs/contracts';
import { ApiClient } from '../src/client/api-client.js';
import { scanFolder } from '../src/corpus/scan-folder.js';
import {
  environment,
  killAll,
  launcher,
  pressCtrlC,
  processesOn,
  startCuvee,
  tinyTrainer,
  untilUp,
  writeText,
} from './start-cuvee.js';

// Real processes: the built program, an embedded PostgreSQL, a worker and its trainer, signals to the group.
const startUp = (home: string) => startCuvee(['up', '--home', home, '--port', '0', '--workers', '1']);

async function read<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

const sweepsOf = async (url: string) => (await read<SweepPage>(`${url}/v1/sweeps`)).sweeps.map(({ id }) => id);

describe.skipIf(!existsSync('/proc/self/cmdline'))('cuvee up', () => {
  let home: string;
  let sweepId: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'cuvee-up-'));
    writeText(home);
  });
  afterAll(() => {
    killAll(home);
    rmSync(home, { recursive: true, force: true });
  });

  it('comes up with one banner; one Ctrl-C to the whole group, while a run trains, ends everything with 0', async () => {
    const up = startUp(home);
    const url = await untilUp(up);
    const client = new ApiClient(url);
    const { domains } = scanFolder(join(home, 'data', 'mine'), join(home, 'data'));
    const corpus = await client.createCorpus({ name: 'mine', domains });
    const parameters = { ...tinyTrainer.parameters, steps: 1_000_000 };
    const body = {
      corpusId: corpus.id,
      strategy: { name: 'regmix', runs: 8 },
      trainer: { ...tinyTrainer, parameters },
    };
    ({ id: sweepId } = await client.createSweep(body, 'once'));
    const listed = execFileSync(process.execPath, [launcher, 'sweep', 'list', '--json'], {
      env: { ...environment, CUVEE_HOME: home },
      encoding: 'utf8',
    });
    expect(JSON.parse(listed).total).toBe(1); // found through the home folder, whatever the port
    await vi.waitFor(async () => expect((await client.runs(sweepId, { state: 'running' })).total).toBe(1), {
      timeout: 30_000,
      interval: 200,
    });

    pressCtrlC(up);
    expect(await up.ended).toBe(0);
    expect(processesOn(home)).toEqual([]);
    expect(up.output()).toContain(`Docs      ${url}/docs`);
    expect(up.output()).toContain('stopped; everything is kept');
    expect(up.output()).not.toMatch(/"level":|warning:|\bat .*\.js:\d+/);
  });

  it('starts again with its data; the run that was stopped had been handed back, which is no failure', async () => {
    const up = startUp(home);
    const url = await untilUp(up);
    expect(await sweepsOf(url)).toEqual([sweepId]);
    const { runs } = await new ApiClient(url).runs(sweepId, { limit: 1 });
    const { attempts } = await read<RunDetailResponse>(`${url}/v1/runs/${runs[0]?.id}`);
    expect(attempts[0]?.state).toBe('released');

    up.child.kill('SIGKILL');
    await up.ended;
    // The worker notices that it is alone, and ends with its trainer.
    const others = () => processesOn(home).filter(({ command }) => !command.includes('postgres'));
    await vi.waitFor(() => expect(others()).toEqual([]), { timeout: 30_000, interval: 200 });

    const again = startUp(home);
    expect(await sweepsOf(await untilUp(again))).toEqual([sweepId]);
    pressCtrlC(again);
    expect(await again.ended).toBe(0);
    expect(processesOn(home)).toEqual([]);
  });

  it('names the port that is taken and the flag, and leaves nothing running', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const up = startCuvee(['up', '--home', home, '--port', String(port)]);
    expect(await up.ended).toBe(1);
    expect(up.output()).toBe(
      `cuvee: port ${port} is taken by another program: choose another with --port (or CUVEE_PORT)\n`,
    );
    await new Promise((resolve) => taken.close(resolve));
    expect(processesOn(home)).toEqual([]);
  });

  it('a worker without a queue says what is missing', async () => {
    const worker = startCuvee(['worker', '--home', join(home, 'nobody')]);
    expect(await worker.ended).toBe(1);
    expect(worker.output()).toMatch(
      /^cuvee: no queue to take work from: set REDIS_URL, or run "cuvee up" on .* first .*\n$/,
    );
  });
});
