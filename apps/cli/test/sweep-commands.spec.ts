import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeApi, fakeDocument, fakeSweep, sendProblem } from './fake-api.js';
import { runMain } from './run-main.js';

const corpus = {
  id: 'cor_1',
  name: 'c',
  version: 1,
  contentHash: 'h',
  createdAt: 'now',
  domains: [
    { name: 'web', source: 'web', tokens: 300, naturalWeight: 0.75 },
    { name: 'code', source: 'code', tokens: 100, naturalWeight: 0.25 },
  ],
};

let api: FakeApi | undefined;
afterEach(() => api?.stop());

function sweepFile(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'cuvee-cli-')), 'sweep.json');
  writeFileSync(file, JSON.stringify({ name: 'test' }));
  return file;
}

const run = {
  id: 'run_1',
  sweepId: 'swp_1',
  index: 0,
  label: null,
  role: 'design',
  state: 'succeeded',
  weights: { web: 0.6, code: 0.4 },
  fidelity: 'proxy',
  seed: 1,
  attempt: 1,
  step: 10,
  totalSteps: 10,
  trainLoss: 2,
  reason: null,
  observation: null,
};

describe('cuvee sweep', () => {
  it('sends the body with the idempotency key and says what was mended', async () => {
    api = await FakeApi.start({ 'POST /v1/sweeps': () => ({ ...fakeSweep(), notes: ['the prior summed to 1.004'] }) });
    const { code, stdout, stderr } = await runMain([
      'sweep',
      'create',
      sweepFile(),
      '--idempotency-key',
      'once',
      '--url',
      api.url,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('swp_1');
    expect(stderr).toBe('note: the prior summed to 1.004\n');
    expect(api.requests[0]?.headers['idempotency-key']).toBe('once');
    expect(api.requests[0]?.body).toEqual({ name: 'test' });
  });

  it('gives every submission a key of its own when none is named', async () => {
    api = await FakeApi.start({ 'POST /v1/sweeps': () => ({ ...fakeSweep(), notes: [] }) });
    const file = sweepFile();
    await runMain(['sweep', 'create', file, '--url', api.url]);
    await runMain(['sweep', 'create', file, '--url', api.url]);
    const keys = api.requests.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(2);
    expect(keys).not.toContain(undefined);
  });

  it('asks for the design alone with --dry-run', async () => {
    api = await FakeApi.start({
      'POST /v1/sweeps': () => ({
        dryRun: true,
        domains: ['web', 'code'],
        prior: { web: 0.9, code: 0.1 },
        caps: { web: 1, code: 0.4 },
        mixtures: [
          { web: 1, code: 0 },
          { web: 0.7, code: 0.3 },
        ],
        notes: [],
        estimate: {
          designRuns: 2,
          confirmationRuns: 12,
          tokensPerRun: 1000,
          tokens: 14_000,
          flops: 2.5e9,
          fidelities: [{ name: 'proxy', runs: 14, parameters: 115_520, tokensPerRun: 1000, flopsPerRun: 1.8e8 }],
        },
      }),
    });
    const { stdout } = await runMain(['sweep', 'create', sweepFile(), '--dry-run', '--url', api.url]);
    expect(api.requests[0]?.query.get('dryRun')).toBe('true');
    expect(stdout).toContain('(115,520 parameters) of 1,000 tokens: 14,000 tokens, 2.50e+9 FLOPs in all.');
    expect(stdout).toMatch(/code +10\.00 % +40\.00 % +0\.00 % +15\.00 % +30\.00 % +1\n/);
    expect(stdout).toContain('Nothing was submitted.');
  });

  it('shows the cost of every size where there are several', async () => {
    const size = { runs: 10, parameters: 115_520, tokensPerRun: 1000, flopsPerRun: 7.4e8 };
    api = await FakeApi.start({
      'POST /v1/sweeps': () => ({
        dryRun: true,
        domains: ['web', 'code'],
        prior: { web: 0.9, code: 0.1 },
        caps: { web: 1, code: 0.4 },
        mixtures: [{ web: 1, code: 0 }],
        notes: [],
        estimate: {
          designRuns: 12,
          confirmationRuns: 12,
          tokensPerRun: 1000,
          tokens: 30_000,
          flops: 3.2e10,
          fidelities: [
            { name: 'small', ...size },
            { name: 'large', ...size, runs: 2, parameters: 1_000_000, tokensPerRun: 10_000, flopsPerRun: 6e9 },
          ],
        },
      }),
    });
    const { stdout } = await runMain(['sweep', 'create', sweepFile(), '--dry-run', '--url', api.url]);
    expect(stdout).toContain('12 design runs and 12 confirmation runs: 30,000 tokens, 3.20e+10 FLOPs in all.');
    expect(stdout).toMatch(/small +10 +115,520 +1,000 +7\.40e\+8\n/);
    expect(stdout).toMatch(/large +2 +1,000,000 +10,000 +6\.00e\+9\n/);
  });

  it('tells what the measured runs took', async () => {
    const spent = { runs: 12, tokens: 2_457_600, flops: 1.82e12, seconds: 185 };
    const sweep = () => fakeSweep({ spent });
    api = await FakeApi.start({ 'GET /v1/sweeps/swp_1': sweep, 'GET /v1/corpora/cor_1': () => corpus });
    const { stdout } = await runMain(['sweep', 'show', 'swp_1', '--url', api.url]);
    expect(stdout).toContain('12 runs measured: 2,457,600 tokens, 1.82e+12 FLOPs, 3 min 5 s of workers');
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const page = { sweeps: [fakeSweep()], total: 1, nextOffset: null };
    api = await FakeApi.start({ 'GET /v1/sweeps': () => page });
    const { stdout, stderr } = await runMain(['sweep', 'list', '--json', '--url', api.url]);
    expect(JSON.parse(stdout)).toEqual(page);
    expect(stderr).toBe('');
  });

  it('shows state, progress and losses among the runs that were lost', async () => {
    api = await FakeApi.start({ 'GET /v1/sweeps/swp_1': () => fakeSweep(), 'GET /v1/corpora/cor_1': () => corpus });
    const { stdout } = await runMain(['sweep', 'show', 'swp_1', '--url', api.url]);
    expect(stdout).toContain('2/20 runs · running · 1 diverged · 1 min 10 s left');
  });

  it('shows fit and proposal of imported runs, what is recommended first, in lines of at most 100 columns', async () => {
    const fit = {
      id: 'fit_1',
      sweepId: 'swp_1',
      state: 'succeeded',
      reason: null,
      progress: null,
      refit: false,
      model: 'auto',
      folds: 5,
      seed: 42,
      runs: 30,
      leftOut: 0,
      inputsHash: 'h',
      unfitted: { rare: '3 finite losses; at least 5 are needed' },
      codeVersion: 'v',
      targets: {
        web: {
          model: 'auto',
          rows: 30,
          outOfFold: { spearman: 0.9, mae: 0.01, rmse: 0.02, r2: 0.8 },
          coverage: { p50: 0.5, p90: 0.88 },
          signal: { present: true, reason: 'r' },
        },
      },
      createdAt: 'now',
      startedAt: null,
      finishedAt: null,
    };
    const document = { ...fakeDocument('best-observed'), notes: ['a note'] };
    const proposal = {
      id: 'prp_1',
      sweepId: 'swp_1',
      fitId: 'fit_1',
      hash: 'h',
      createdAt: 'now',
      weights: document.weights,
      document,
    };
    api = await FakeApi.start({
      'GET /v1/sweeps/swp_1': () =>
        fakeSweep({ state: 'completed', targets: ['web'], fitId: 'fit_1', proposalId: 'prp_1' }),
      'GET /v1/corpora/cor_1': () => corpus,
      'GET /v1/fits/fit_1': () => fit,
      'GET /v1/proposals/prp_1': () => proposal,
    });
    const { code, stdout } = await runMain(['sweep', 'show', 'swp_1', '--url', api.url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/web +auto +30 +0\.900 +0\.0100 +0\.800 +50 % +88 %/);
    expect(stdout).toContain(
      'Proposal prp_1\n\nRecommended: the best measured mixture (run r4).\nThe predicted gain says so.',
    );
    expect(stdout).toMatch(/domain +proposed +run r4 +natural +epochs +efficiency +cap +bound by\n/);
    expect(stdout).toMatch(/code +37\.50 % +50\.00 % +25\.00 % +0\.80 +100 % +80\.00 % +cap\n/);
    expect(stdout).toMatch(/web +2\.0000 ±0\.1000 +2\.1000 ±0\.1000 +2\.2000 ±0\.1000 +2\.3000 ±0\.1000/);
    expect(stdout).toContain('rare: left out, without a fit: 3 finite losses; at least 5 are needed.');
    expect(stdout).toContain('Note: a note.');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('turns a problem document into one line: 2 for unusable input, 1 for the rest', async () => {
    api = await FakeApi.start({
      'GET /v1/sweeps/swp_1': (_, response) =>
        sendProblem(response, 404, 'sweep-not-found', 'There is no sweep "swp_1".'),
      'POST /v1/sweeps/swp_1/cancel': (_, response) =>
        sendProblem(response, 409, 'state-conflict', 'It has completed.'),
    });
    const missing = await runMain(['sweep', 'show', 'swp_1', '--url', api.url]);
    expect([missing.code, missing.stderr]).toEqual([2, 'cuvee: There is no sweep "swp_1".\n']);
    const conflict = await runMain(['sweep', 'cancel', 'swp_1', '--url', api.url]);
    expect([conflict.code, conflict.stderr]).toEqual([1, 'cuvee: It has completed.\n']);
  });

  it('says which address does not answer and what to do', async () => {
    const { code, stderr } = await runMain(['sweep', 'list'], { CUVEE_URL: 'http://127.0.0.1:9' });
    expect(code).toBe(1);
    expect(stderr).toContain('no Cuvée API answers at http://127.0.0.1:9. Start one with "cuvee up"');
  });

  it('refuses an answer that is none of the contract, instead of showing half of it', async () => {
    api = await FakeApi.start({ 'GET /v1/sweeps/swp_1': () => ({ id: 'swp_1' }) });
    const { code, stderr } = await runMain(['sweep', 'show', 'swp_1', '--url', api.url]);
    expect(code).toBe(1);
    expect(stderr).toContain('no answer of this version');
  });

  it('fetches the runs page after page', async () => {
    api = await FakeApi.start({
      'GET /v1/sweeps/swp_1/runs': ({ query }) =>
        query.get('offset') === '0'
          ? { runs: [run], total: 2, nextOffset: 1 }
          : { runs: [{ ...run, id: 'run_2' }], total: 2, nextOffset: null },
    });
    const { stdout } = await runMain(['sweep', 'runs', 'swp_1', '--state', 'succeeded', '--url', api.url]);
    expect(stdout).toContain('run_1');
    expect(stdout).toContain('run_2');
    expect(api.requests.map(({ query }) => query.get('state'))).toEqual(['succeeded', 'succeeded']);
  });

  it('watches over a lost connection, resumes after the last event, and exits with 1 when the sweep failed', async () => {
    let state: 'running' | 'failed' = 'running';
    let connections = 0;
    api = await FakeApi.start({
      'GET /v1/corpora/cor_1': () => corpus,
      'GET /v1/sweeps/swp_1': () => fakeSweep({ state, reason: state === 'failed' ? 'no run succeeded' : null }),
      'GET /v1/sweeps/swp_1/runs': () => ({
        runs: [0, 1, 2].map((index) => ({ ...run, index, state: 'failed', reason: index < 2 ? 'no text' : null })),
        total: 3,
        nextOffset: null,
      }),
      'GET /v1/sweeps/swp_1/events': (request, response) => {
        connections += 1;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const send = (id: number, type: string, data: object) =>
          response.write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ id, type, at: 'now', data })}\n\n`);
        if (connections === 1) {
          send(7, 'run', {});
          setTimeout(() => response.destroy(), 20);
        } else {
          expect(request.headers['last-event-id']).toBe('7');
          state = 'failed';
          send(8, 'state', { state });
        }
      },
    });
    const { code, stdout, stderr } = await runMain(['sweep', 'watch', 'swp_1', '--url', api.url]);
    expect(connections).toBe(2);
    expect(code).toBe(1);
    expect(stdout).toContain('Reason: no run succeeded\n\nRuns 0, 1: no text');
    expect(stderr).toContain('2/20 runs · running');
  });

  it('goes on watching a sweep that had failed before and was retried', async () => {
    let state: 'running' | 'cancelled' = 'running';
    let reads = 0;
    api = await FakeApi.start({
      'GET /v1/corpora/cor_1': () => corpus,
      'GET /v1/sweeps/swp_1': () => {
        reads += 1;
        if (reads === 3) state = 'cancelled';
        return fakeSweep({ state });
      },
      'GET /v1/sweeps/swp_1/events': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const past = { id: 1, type: 'state', at: 'then', data: { state: 'failed' } };
        response.write(`id: 1\nevent: state\ndata: ${JSON.stringify(past)}\n\n`);
      },
    });
    const { code, stdout } = await runMain(['sweep', 'watch', 'swp_1', '--json', '--url', api.url]);
    expect(JSON.parse(stdout).state).toBe('cancelled');
    expect(code).toBe(1);
  });
});
