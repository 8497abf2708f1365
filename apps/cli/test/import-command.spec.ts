import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeApi, fakeSweep, sendProblem } from './fake-api.js';
import { OfflineFolder } from './offline-runs.js';
import { runMain } from './run-main.js';

let folder: OfflineFolder;
let api: FakeApi | undefined;
beforeEach(async () => {
  folder = await OfflineFolder.create();
});
afterEach(async () => {
  await folder.remove();
  await api?.stop();
  api = undefined;
});

const accepted = () => ({
  ...fakeSweep({ state: 'fitting' }),
  notes: ['weights: column "x" holds no number and is not used', 'the prior summed to 1.004'],
});

describe('cuvee import', () => {
  it('sends the pair of tables with the settings, and prints the id of the sweep', async () => {
    api = await FakeApi.start({ 'POST /v1/sweeps/import': accepted });
    const files = await folder.runs(12);
    const tokens = await folder.put('tokens.json', '{"web": 5000, "code": 4000, "mail": 1000}');
    const settings = [
      '--target',
      'qa',
      '--tokens',
      tokens,
      '--target-tokens',
      '20000',
      '--kl',
      '0.1',
      '--name',
      'mine',
    ];
    const { code, stdout, stderr } = await runMain(['import', ...files, ...settings, '--no-watch', '--url', api.url]);
    expect(code).toBe(0);
    expect(stdout).toBe('swp_1\n\nFollow it with: cuvee sweep watch swp_1\n');
    expect(stderr).toBe('note: the prior summed to 1.004\n');
    const { body, headers } = api.requests[0]!;
    expect(headers['idempotency-key']).toMatch(/\S{8,}/);
    expect(body).toMatchObject({
      name: 'mine',
      seed: 42,
      objective: { targets: { qa: 1 }, klStrength: 0.1 },
      tokens: { web: 5000, code: 4000, mail: 1000 },
      constraints: { targetTokens: 20000 },
      fit: { model: 'auto', folds: 5 },
    });
    expect((body as { weights: string }).weights).toMatch(/^index,web,code,mail\n1,/);
    expect((body as { losses: string }).losses).toMatch(/^index,qa,chat\n1,/);
  });

  it('sends a baseline along', async () => {
    api = await FakeApi.start({ 'POST /v1/sweeps/import': accepted });
    const baseline = { name: "last year's mix", weights: { web: 0.5, code: 0.5 } };
    const file = await folder.put('b.json', JSON.stringify(baseline));
    await runMain(['import', ...(await folder.runs(12)), '--baseline', file, '--no-watch', '--url', api.url]);
    expect(api.requests[0]?.body).toMatchObject({ baseline });
  });

  it('sends JSON lines as runs', async () => {
    api = await FakeApi.start({ 'POST /v1/sweeps/import': accepted });
    const lines = [1, 2].map((id) => ({ id, weights: { a: 0.5, b: 0.5 }, losses: { q: id } }));
    const runs = await folder.put('runs.jsonl', `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\n`);
    await runMain(['import', '--runs', runs, '--no-watch', '--url', api.url]);
    expect(api.requests[0]?.body).toMatchObject({ runs: lines });
  });

  it('watches until the proposal is there, unless told not to', async () => {
    api = await FakeApi.start({
      'POST /v1/sweeps/import': accepted,
      'GET /v1/sweeps/swp_1': () => fakeSweep({ state: 'completed' }),
      'GET /v1/corpora/cor_1': () => ({
        id: 'cor_1',
        name: 'c',
        version: 1,
        contentHash: 'h',
        createdAt: 'now',
        domains: [{ name: 'web', source: null, tokens: null, naturalWeight: null }],
      }),
    });
    const { code, stdout, stderr } = await runMain(['import', ...(await folder.runs(12)), '--url', api.url]);
    expect(code).toBe(0);
    expect(stderr).toContain('sweep swp_1\n');
    expect(stdout).toContain('completed');
  });

  it('says what is wrong with the files, by their names, before it sends anything', async () => {
    api = await FakeApi.start({});
    const files = await folder.runs(12, (weights) => weights[2]!.splice(1, 1, '-1'));
    const { code, stderr } = await runMain(['import', ...files, '--url', api.url]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/w\.csv: index 2: the weight of "web" must be in \[0, 1\]; got -1/);
    expect(api.requests).toEqual([]);
  });

  it('passes on what the service objects to', async () => {
    api = await FakeApi.start({
      'POST /v1/sweeps/import': (_, response) =>
        sendProblem(response, 422, 'constraints-infeasible', 'The caps leave no mixture.'),
    });
    const { code, stderr } = await runMain(['import', ...(await folder.runs(12)), '--url', api.url]);
    expect([code, stderr]).toEqual([2, 'cuvee: The caps leave no mixture.\n']);
  });
});
