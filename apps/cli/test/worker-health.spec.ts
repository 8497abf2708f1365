import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { WorkerResponse } from '#libs/contracts';
import { FakeApi, fakeSweep } from './fake-api.js';
import { runMain } from './run-main.js';

const folder = mkdtempSync(join(tmpdir(), 'cuvee-health-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let api: FakeApi | undefined;
afterEach(() => api?.stop());

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const worker = (changes: Partial<WorkerResponse>): WorkerResponse => ({
  id: 'w-1',
  host: 'node-1',
  version: '0.1.0',
  transport: 'queue',
  backend: 'wasm',
  backendReason: '@tensorflow/tfjs-node: not installed',
  gigaflops: 26.04,
  tokensPerSecond: 17_169.6,
  slots: 2,
  busy: 1,
  gpus: [],
  trainers: ['transformer', 'mine'],
  state: 'active',
  reason: null,
  heartbeatSeconds: 15,
  registeredAt: ago(100),
  heartbeatAt: ago(5),
  ...changes,
});
const corpus = {
  id: 'cor_1',
  name: 'c',
  version: 1,
  contentHash: 'h',
  createdAt: 'now',
  domains: ['web', 'code'].map((name) => ({ name, source: name, tokens: 300, naturalWeight: 0.5 })),
};

describe('cuvee workers', () => {
  it('shows those that are there, and once for all what they have in common', async () => {
    const workers = [
      worker({}),
      worker({ id: 'w-2', host: 'node-2', state: 'broken', reason: 'infrastructure: no CUDA device', busy: 0 }),
      worker({ id: 'w-3', host: 'node-3', state: 'lost', heartbeatAt: ago(90), backend: null, gigaflops: null }),
      worker({ id: 'w-4', host: 'node-4', state: 'stopped' }),
      worker({ id: 'w-5', host: 'node-5', state: 'lost', heartbeatAt: ago(100_000) }),
    ];
    api = await FakeApi.start({ 'GET /v1/workers': () => ({ workers }) });
    const { code, stdout } = await runMain(['workers', '--url', api.url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/node-1 +w-1 +active +1\/2 +wasm +26\.0 +17,170 +transformer, mine +5 s ago/);
    expect(stdout).toMatch(/node-3 +w-3 +lost +–\/2 +– +– +17,170 .* 1 min 30 s ago/);
    expect(stdout).toContain('node-2: broken: infrastructure: no CUDA device');
    expect(stdout).toContain('node-1, node-2: wasm: @tensorflow/tfjs-node: not installed');
    expect(stdout).not.toMatch(/node-4|node-5/);
    expect(stdout).toContain('2 workers stopped or lost long ago: --all shows them');
    expect((await runMain(['workers', '--all', '--url', api.url])).stdout).toMatch(/node-4.*stopped[\s\S]*node-5/);
    const json = await runMain(['workers', '--json', '--url', api.url]);
    expect(JSON.parse(json.stdout)).toEqual({ workers });
  });

  it('says what to do when there is none', async () => {
    api = await FakeApi.start({ 'GET /v1/workers': () => ({ workers: [] }) });
    const { stdout } = await runMain(['workers', '--url', api.url]);
    expect(stdout).toBe('No worker is there. Start one with: cuvee worker\n');
  });
});

describe('cuvee sweep', () => {
  const unstarted = '4 runs wait, and no worker is there to train them.';

  it('shows why nobody starts its runs, and its failures by class with what to do', async () => {
    const infrastructure = {
      class: 'infrastructure',
      attempts: 12,
      message: 'ended before it said a word (exit code 1): no driver',
      times: 9,
      advice: 'Look at the worker.',
    };
    api = await FakeApi.start({
      'GET /v1/sweeps/swp_1': () => fakeSweep({ unstarted }),
      'GET /v1/corpora/cor_1': () => corpus,
      'GET /v1/sweeps/swp_1/failures': () => ({
        failures: [infrastructure, { ...infrastructure, class: 'timeout', attempts: 1, times: 1, message: 'too long' }],
      }),
    });
    const { stdout } = await runMain(['sweep', 'show', 'swp_1', '--url', api.url]);
    expect(stdout).toContain(`${unstarted}\nSee them with: cuvee workers. Start one with: cuvee worker`);
    expect(stdout).toContain(
      '12 attempts failed, infrastructure: ended before it said a word (exit code 1): no driver (9 of 12)\nLook at the worker.',
    );
    expect(stdout).toContain('1 attempt failed, timeout: too long\nLook');
  });

  it('says so once while it is watched, and again only when the cause is another', async () => {
    const causes = [unstarted, '3 runs wait, and no worker is there to train them.', null, unstarted];
    let reads = 0;
    api = await FakeApi.start({
      'GET /v1/corpora/cor_1': () => corpus,
      'GET /v1/sweeps/swp_1': () => {
        const cause = causes[reads];
        reads += 1;
        return cause === undefined ? fakeSweep({ state: 'cancelled' }) : fakeSweep({ unstarted: cause });
      },
      'GET /v1/sweeps/swp_1/events': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const timer = setInterval(() => {
          const event = { id: reads, type: 'run', at: 'now', data: {} };
          response.write(`id: ${reads}\nevent: run\ndata: ${JSON.stringify(event)}\n\n`);
        }, 100);
        response.on('close', () => clearInterval(timer));
      },
    });
    const { stderr } = await runMain(['sweep', 'watch', 'swp_1', '--url', api.url]);
    expect(reads).toBeGreaterThanOrEqual(5);
    expect(stderr.match(/runs wait, and no worker is there/g)).toHaveLength(2);
  });
});

describe('cuvee doctor', () => {
  it('tells how fast each backend is, and that runs can be trained here', { timeout: 60_000 }, async () => {
    const data = join(folder, 'texts');
    mkdirSync(data);
    writeFileSync(join(data, 'web.txt'), 'web');
    api = await FakeApi.start({ 'GET /v1/workers': () => ({ workers: [worker({})] }) });
    const home = join(folder, 'home');
    mkdirSync(home);
    const manifest = `trainers:\n  mine:\n    command: [${process.execPath}, train.mjs]\n    gpus: 64\n`;
    writeFileSync(join(home, 'trainers.yaml'), manifest);
    const { code, stdout, stderr } = await runMain([
      'doctor',
      '--home',
      home,
      '--data',
      data,
      '--api',
      api.url,
      '--json',
    ]);
    expect(stderr).toBe('');
    const { canTrain, checks, backends } = JSON.parse(stdout);
    expect(checks.filter(({ state }: { state: string }) => state === 'problem')).toEqual([]);
    expect([canTrain, code]).toEqual([true, 0]);
    const wasm = backends.find(({ name }: { name?: string }) => name === 'wasm');
    expect(wasm.gigaflops).toBeGreaterThan(0);
    expect(wasm.tokensPerSecond).toBeGreaterThan(0);
    const texts = Object.fromEntries(
      checks.map((check: { subject: string; text: string }) => [check.subject, check.text]),
    );
    expect(texts.data).toBe(`${data} can be read`);
    expect(texts.API).toBe(`${api.url} answers; 1 worker there`);
    expect(texts.queue).toMatch(/^none/);
    expect(texts.trainers).toMatch(
      /^transformer, mine; but GPUs here: \d+, and "mine" needs 64: its runs will fail here$/,
    );
  });

  it('says first what stands in the way, and exits with 1', { timeout: 60_000 }, async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { code, stdout } = await runMain(
      ['doctor', '--home', join(file, 'home'), '--data', join(folder, 'nowhere')],
      {
        REDIS_URL: 'redis://:s3cret@127.0.0.1:9',
      },
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nPROBLEM +data +\S+nowhere does not exist\n/);
    const [first] = stdout.replaceAll('\n', ' ').split('  ');
    expect(first).toMatch(/^No run can be trained on this machine\. data: .*nowhere does not exist; work folder: /);
    expect(first).toMatch(/cannot be written \(ENOTDIR\).* queue: Redis at 127\.0\.0\.1:9 does not answer/);
    expect(stdout).not.toContain('s3cret');
  });

  it('names the fault in trainers.yaml', { timeout: 60_000 }, async () => {
    const home = join(folder, 'faulty');
    mkdirSync(home);
    writeFileSync(join(home, 'trainers.yaml'), 'trainers:\n  mine:\n    command: python train.py\n');
    const { code, stdout } = await runMain(['doctor', '--home', home]);
    expect(code).toBe(1);
    expect(stdout.replaceAll('\n', ' ')).toMatch(
      /^No run can be trained on this machine\. settings: .*trainers\.yaml: trainer "mine", command: must be a list/,
    );
  });
});
