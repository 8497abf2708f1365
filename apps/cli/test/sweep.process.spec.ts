import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunDetailResponse, SweepResponse } from '#libs/contracts';
import { ApiClient } from '../src/client/api-client.js';
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

describe.skipIf(!existsSync('/proc/self/cmdline'))('a sweep from the command line', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'cuvee-sweep-'));
  });
  afterEach(() => {
    killAll(home);
    rmSync(home, { recursive: true, force: true });
  });

  it('goes from folders of text to a training configuration, though a worker is killed, and records each run once', async () => {
    writeText(home);
    const cuvee = (...args: string[]) =>
      execFileSync(process.execPath, [launcher, ...args], {
        env: { ...environment, CUVEE_HOME: home },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const up = startCuvee(['up', '--home', home, '--port', '0', '--workers', '2'], { CUVEE_LEASE_SECONDS: '2' });
    const client = new ApiClient(await untilUp(up));

    writeFileSync(join(home, 'corpus.json'), cuvee('corpus', 'scan', join(home, 'data', 'mine'), '--name', 'mine'));
    const corpus = JSON.parse(cuvee('corpus', 'create', join(home, 'corpus.json'), '--json')) as { id: string };
    const body = {
      corpusId: corpus.id,
      strategy: { name: 'regmix', runs: 8 },
      trainer: { ...tinyTrainer, parameters: { ...tinyTrainer.parameters, steps: 60 } },
    };
    writeFileSync(join(home, 'sweep.json'), JSON.stringify(body));
    const { id } = JSON.parse(cuvee('sweep', 'create', join(home, 'sweep.json'), '--json')) as SweepResponse;

    await vi.waitFor(async () => expect((await client.runs(id, { state: 'running' })).total).toBe(2), {
      timeout: 30_000,
      interval: 50,
    });
    const [worker] = processesOn(home).filter(({ command }) => command.includes(' worker '));
    process.kill(worker?.pid ?? 0, 'SIGKILL');

    const watching = startCuvee(['sweep', 'watch', id, '--json'], { CUVEE_HOME: home });
    expect(await watching.ended).toBe(0);
    const sweep = await client.sweep(id);
    expect(sweep.state).toBe('completed');
    const runs = await client.allRuns(id);
    expect(runs.filter(({ observation }) => observation === null)).toEqual([]);
    expect(runs).toHaveLength(sweep.progress.total);
    expect(up.output()).toMatch(/warning: worker \d ended \(SIGKILL\) and is started again/);
    const details = await Promise.all(
      runs.map(async (run) => (await (await fetch(`${client.url}/v1/runs/${run.id}`)).json()) as RunDetailResponse),
    );
    const states = details.map(({ attempts }) => attempts.map(({ state }) => state));
    expect(states.filter((each) => each.filter((state) => state === 'succeeded').length !== 1)).toEqual([]);
    expect(states.flat()).toContain('lost');

    const out = join(home, 'configuration');
    const pulled = JSON.parse(
      cuvee('pull', id, '--format', 'megatron', '--location', '/d/{domain}', '--out', out, '--json'),
    );
    expect(pulled.mixture).toBe(sweep.confirmation?.recommended);
    const words = readFileSync(join(out, 'blend.txt'), 'utf8').trim().split(/\s+/);
    for (const [domain, weight] of Object.entries(sweep.confirmation?.weights ?? {})) {
      expect(Number(words[words.indexOf(`/d/${domain}`) - 1])).toBeCloseTo(weight, 12);
    }

    pressCtrlC(up);
    expect(await up.ended).toBe(0);
    expect(processesOn(home)).toEqual([]);
  }, 120_000);

  it('a Ctrl-C during the demo cancels its sweep and ends everything', async () => {
    const demo = startCuvee(['demo', '--home', home, '--runs', '8', '--workers', '1']);
    await vi.waitFor(() => expect(demo.output()).toContain('0/20 runs · running'), { timeout: 60_000, interval: 100 });
    pressCtrlC(demo);
    expect(await demo.ended).toBe(130);
    expect(processesOn(home)).toEqual([]);
    expect(demo.output()).toContain('stopped; everything is kept');
    expect(demo.output()).not.toMatch(/warning:|cuvee:/);
  }, 120_000);
});
