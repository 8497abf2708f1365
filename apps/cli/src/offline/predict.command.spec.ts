import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeApi, fakeEstimate, fakeSweep } from '../../test/fake-api.js';
import { OfflineFolder } from '../../test/offline-runs.js';
import { runMain } from '../../test/run-main.js';

let folder: OfflineFolder;
beforeEach(async () => {
  folder = await OfflineFolder.create();
});
afterEach(() => folder.remove());

async function savedFit(): Promise<string> {
  const path = folder.at('fit.json');
  const { code, stderr } = await runMain(['fit', ...(await folder.runs(40)), '--model', 'linear', '--save', path]);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return path;
}

describe('cuvee predict', () => {
  it('predicts from a saved fit the numbers that the fit itself predicts', async () => {
    const mixtures = await folder.put('new.csv', 'run,web,code,mail\na,0.5,0.25,0.25\nb,1,0,0\n');
    const [saved, direct, again] = ['fit.json', 'direct.csv', 'again.csv'].map((name) => folder.at(name)) as [
      string,
      string,
      string,
    ];
    const options = ['--model', 'linear', '--predict', mixtures, '--out', direct, '--save', saved];
    expect((await runMain(['fit', ...(await folder.runs(40)), ...options])).code).toBe(0);
    expect((await runMain(['predict', '--fit', saved, '--weights', mixtures, '--out', again])).code).toBe(0);
    expect(await readFile(again, 'utf8')).toBe(await readFile(direct, 'utf8'));
  });

  it('answers what if for one mixture, with intervals and the nearest measured mixture', async () => {
    const fit = await savedFit();
    const mixture = ['--mixture', '{"web": 0.7, "mail": 0.3}'];
    const { code, stdout } = await runMain(['predict', '--fit', fit, ...mixture, '--targets', 'qa', '--json']);
    expect(code).toBe(0);
    const [answer] = JSON.parse(stdout).mixtures;
    expect(answer.weights).toEqual({ web: 0.7, code: 0, mail: 0.3 });
    const { mean, lower90, upper90 } = answer.predicted.qa;
    expect(mean).toBeCloseTo(2.3, 1);
    expect(lower90).toBeLessThan(mean);
    expect(upper90).toBeGreaterThan(mean);
    expect(Object.keys(answer.predicted)).toEqual(['qa']);
    expect(answer.nearest.run).toMatch(/^\d+$/);
    const text = (await runMain(['predict', '--fit', fit, ...mixture])).stdout;
    expect(text).toMatch(/index +target +predicted +standard error +lower 90 % +upper 90 %/);
    expect(text).toMatch(/1: \d+\.\d\d % of the tokens away from run \d+/);
  });

  it('says where a mixture lies outside what was measured', async () => {
    const files = await folder.runs(20, (weights) =>
      weights
        .slice(1)
        .map((row, i) => row.splice(1, 3, (0.3 + 0.01 * i).toFixed(2), (0.5 - 0.01 * i).toFixed(2), '0.2')),
    );
    const fit = folder.at('fit.json');
    await runMain(['fit', ...files, '--model', 'linear', '--save', fit]);
    const outside = async (mixture: string) => {
      const { stdout } = await runMain(['predict', '--fit', fit, '--mixture', mixture, '--json']);
      return JSON.parse(stdout).mixtures[0].nearest.outside;
    };
    expect(await outside('{"mail": 1}')).toBe(true);
    expect(await outside('{"web": 0.4, "code": 0.4, "mail": 0.2}')).toBe(false);
  });

  it.each([
    [['--mixture', '{"web": 1'], /--mixture is no JSON/],
    [['--mixture', '[1]'], /--mixture must be a JSON object/],
    [['--mixture', '{"web": "all"}'], /the weight of "web" must be a number/],
    [['--mixture', '{"web": 0.5}'], /--mixture: weights must sum to 1 within 0\.005; they sum to 0\.5/],
    [['--mixture', '{"post": 1}'], /--mixture: unknown domain "post"\. Domains: web, code, mail/],
    [['--mixture', '{"wep": 1}'], /unknown domain "wep"\. Did you mean "web"\?/],
    [[], /give the mixtures with --mixture \(JSON\) or with --weights \(a CSV file\)\n/],
    [
      ['--mixture', '{"web": 1}', '--weights', 'x.csv'],
      /--mixture \(JSON\) or with --weights \(a CSV file\), not both/,
    ],
    [['--mixture', '{"web": 1}', '--target', 'chess'], /unknown target "chess".* Targets: qa, chat/],
    [['--mixture', '{"web": 1}', '--url', 'http://x'], /--url belongs to the id of a fit/],
  ])('refuses %j', async (options, message) => {
    const { code, stdout, stderr } = await runMain(['predict', '--fit', await savedFit(), ...options]);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('refuses a file that is no fit, and one that was damaged', async () => {
    const fit = await savedFit();
    const document = JSON.parse(await readFile(fit, 'utf8'));
    const wrong = await folder.put('p.json', '{"weights": {}}');
    const mixture = ['--mixture', '{"web": 1}'];
    expect(await runMain(['predict', '--fit', wrong, ...mixture])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is no fit of this version: "cuvee fit … --save FILE" writes one/),
    });
    document.fits.qa.model = 'oracle';
    await writeFile(fit, JSON.stringify(document));
    expect(await runMain(['predict', '--fit', fit, ...mixture])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/fit\.json is damaged: unknown model "oracle"/),
    });
  });

  it("asks the service for a fit's id, and says where a mixture lies outside what was measured", async () => {
    const estimate = fakeEstimate(2);
    const api = await FakeApi.start({
      'GET /v1/fits/fit_1': () => ({
        id: 'fit_1',
        sweepId: 'swp_1',
        state: 'succeeded',
        reason: null,
        progress: null,
        refit: false,
        model: 'auto',
        folds: 5,
        seed: 1,
        runs: 9,
        leftOut: 0,
        inputsHash: 'h',
        unfitted: { rare: '3 finite losses; at least 5 are needed' },
        codeVersion: 'v',
        targets: { web: {}, code: {} },
        createdAt: 'now',
        startedAt: null,
        finishedAt: null,
      }),
      'GET /v1/sweeps/swp_1': () => fakeSweep(),
      'GET /v1/corpora/cor_1': () => ({
        id: 'cor_1',
        name: 'c',
        version: 1,
        contentHash: 'h',
        createdAt: 'now',
        domains: ['web', 'code'].map((name) => ({ name, source: null, tokens: null, naturalWeight: null })),
      }),
      'POST /v1/fits/fit_1/predict': ({ body }) => ({
        fitId: 'fit_1',
        model: 'auto',
        predictions: (body as { mixtures: Record<string, number>[] }).mixtures.map((weights) => ({
          weights,
          targets: { web: estimate, code: { ...estimate, signal: false } },
          extrapolation: { outside: true, distance: 0.4, limit: 0.1, nearestRun: 'r7' },
        })),
      }),
    });
    try {
      const args = ['predict', '--fit', 'fit_1', '--mixture', '{"code": 1}', '--url', api.url];
      const { code, stdout, stderr } = await runMain(args);
      expect(code).toBe(0);
      expect(api.requests.at(-1)?.body).toEqual({ mixtures: [{ web: 0, code: 1 }] });
      expect(stdout).toContain('1: 40.00 % of the tokens away from run r7, OUTSIDE the sampled region');
      expect(stderr).toBe('note: the predictions of "code" mean nothing: its fit found no signal\n');
      const rare = await runMain([...args, '--target', 'rare']);
      expect(rare).toMatchObject({ code: 2, stderr: expect.stringMatching(/"rare" has no fit: 3 finite losses/) });
    } finally {
      await api.stop();
    }
  });
});
