import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OfflineFolder } from '../../test/offline-runs.js';
import { runMain } from '../../test/run-main.js';

let folder: OfflineFolder;
beforeEach(async () => {
  folder = await OfflineFolder.create();
});
afterEach(() => folder.remove());

const quick = ['--model', 'linear', '--samples', '3000', '--top', '30'];
const propose = (...args: string[]) => runMain(['propose', ...args]);
const put = (value: unknown) => folder.put('given.json', JSON.stringify(value));

describe('cuvee propose', () => {
  it('prints a proposal that cuvee export accepts, and writes the same to --out', async () => {
    const tokens = await folder.put('tokens.json', JSON.stringify({ web: 5e9, code: 4e9, mail: 1e9 }));
    const out = folder.at('p.json');
    const length = ['--tokens', tokens, '--target-tokens', '2e10'];
    const files = await folder.runs(40);
    const result = await propose(...files, '--target', 'qa', ...length, ...quick, '--out', out, '--json');
    expect(result.code).toBe(0);
    const document = JSON.parse(result.stdout);
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(document);
    expect(document.weights.web).toBeGreaterThan(0.9);
    expect(document.constraints.caps).toEqual({ web: 1, code: 0.8, mail: 0.2 });
    expect(document.epochs.web).toBeCloseTo((document.weights.web * 2e10) / 5e9, 9);
    expect(document.bestObserved.run).toMatch(/^\d+$/);
    expect(document.provenance).toMatchObject({ seed: 42, runs: 40, model: 'linear' });
    const { mean, lower90, upper90 } = document.predicted.qa;
    expect([lower90 < mean, mean < upper90]).toEqual([true, true]);
    const { importance, worstPredicted } = document.fits.qa;
    expect(importance.map(({ domain }: { domain: string }) => domain)).toEqual(['web', 'code', 'mail']);
    expect(worstPredicted[0]).toMatchObject({ run: expect.stringMatching(/^\d+$/), observed: expect.any(Number) });
    expect(worstPredicted[0]).not.toHaveProperty('row');
    expect(document.predictedObjective.mean).toBeLessThan(document.baselines.natural.objective.mean);
    expect(document.worst.objective.mean).toBeGreaterThan(document.baselines.natural.objective.mean);
    expect(document.tradeOff.length).toBeGreaterThan(2);
    expect(document.repetition.domains.web.efficiency).toBeLessThan(1);
    const exported = await runMain(
      ['export', '--proposal', out, '--format', 'megatron', '--location', '/data/{domain}'].concat([
        '--out',
        folder.at('m'),
        '--json',
      ]),
    );
    expect(exported.code).toBe(0);
  });

  it('prints what to use and why first, then tables, in lines of at most 100 columns', async () => {
    const prior = await put({ web: 0.4, code: 0.5, mail: 0.1 });
    const { code, stdout } = await propose(...(await folder.runs(40)), '--prior', prior, ...quick);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Recommended: (the proposal|the best measured mixture \(run \d+\)|natural)\.\n\S/);
    expect(stdout).toMatch(/domain +proposed +run \d+ +natural +epochs +efficiency +cap +bound by/);
    expect(stdout).toMatch(/predicted loss +proposed +run \d+ +natural +uniform/);
    expect(stdout).toMatch(/objective( +\d\.\d{4} ±\d\.\d{4}){4}\n/);
    expect(stdout).toMatch(/KL strength +predicted +KL, nats +largest weights/);
    expect(stdout).toMatch(/Nearest measured mixture: run \d+; \d+\.\d\d % of the tokens would change domain\./);
    expect(stdout).toMatch(/Negative control: the worst mixture allowed is predicted at \d/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('shows a baseline beside natural, predicted and checked against the constraints', async () => {
    const baseline = await put({ name: "last year's mix", weights: { web: 0.25, code: 0.75 } });
    const caps = await folder.put('caps.json', JSON.stringify({ code: 0.5 }));
    const files = await folder.runs(40);
    const told = await propose(...files, '--baseline', baseline, '--caps', caps, ...quick);
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/domain +proposed +run \d+ +natural +last year's mix /);
    expect(told.stdout).toMatch(/code( +\d+\.\d\d %){3} +75\.00 %/);
    expect(told.stdout).toMatch(/predicted loss +proposed +run \d+ +natural +uniform +last year's mix/);
    expect(told.stdout).toContain("last year's mix breaks the constraints on code.");
    for (const line of told.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    const { stdout } = await propose(...files, '--baseline', baseline, '--caps', caps, ...quick, '--json');
    const { given, natural } = JSON.parse(stdout).baselines;
    expect(given).toMatchObject({
      name: "last year's mix",
      weights: { web: 0.25, code: 0.75, mail: 0 },
      violates: ['code'],
    });
    expect(given.predicted.qa.mean).toBeGreaterThan(natural.predicted.qa.mean);
  });

  it('marks a measured mixture that breaks the constraints, and says what the objective is made of', async () => {
    const constraints = await folder.put('c.json', JSON.stringify({ pinned: { mail: 0.123456 } }));
    const objective = await put({ targets: { qa: 3, chat: 1 }, combine: 'worst-case', uncertainty: 1 });
    const files = await folder.runs(40);
    const { code, stdout } = await propose(...files, '--constraints', constraints, '--objective', objective, ...quick);
    expect(code).toBe(0);
    expect(stdout).toMatch(/domain +proposed +run \d+ \* +natural/);
    expect(stdout).toContain('* breaks the constraints: shown for comparison only.');
    const text = stdout.replace(/\n/g, ' ');
    expect(text).toContain(
      'Objective: the largest of 1.5 × qa, 0.5 × chat. Minimised was that plus 1 × its standard error',
    );
    const rows = /KL strength.*\n.*\n((?:.+\n)+)/.exec(stdout)![1]!.trimEnd().split('\n');
    const shown = rows.map((row) => row.trim().replace(/^\S+\s+/, ''));
    expect(new Set(shown).size).toBe(shown.length);
  });

  it('proposes from the targets that can be fitted, and says before any fit why one that it is asked for cannot', async () => {
    const files = await folder.runs(30, (_, losses) => {
      for (const row of losses.slice(4)) row[2] = '';
    });
    const saved = folder.at('fit.json');
    expect((await runMain(['fit', ...files, '--targets', 'all', '--model', 'linear', '--save', saved])).code).toBe(0);
    const why = '3 finite losses; at least 5 are needed';
    for (const from of [files, ['--fit', saved]]) {
      const linear = from === files ? quick : quick.slice(2);
      const { code, stdout } = await propose(...from, '--targets', 'all', ...linear, '--json');
      expect(code).toBe(0);
      const document = JSON.parse(stdout);
      expect(document.objective.targets).toEqual({ qa: 1 });
      expect(Object.keys(document.predicted)).toEqual(['qa']);
      expect(document.unfitted).toEqual({ chat: why });
      expect(document.notes).toContain(`chat is left out, without a fit: ${why}`);
    }
    const early = await propose(...files, '--target', 'chat', '--target', 'qa', ...quick);
    expect(early).toMatchObject({ code: 2, stdout: '' });
    expect(early.stderr).toMatch(
      /^cuvee: .*l\.csv: target "chat" has 3 finite losses; the objective can count one with at l/,
    );
    const objective = await put({ targets: { qa: 1, chat: 1 } });
    const late = await propose('--fit', saved, '--objective', objective, ...quick.slice(2));
    expect(late).toMatchObject({ code: 2, stdout: '' });
    expect(late.stderr).toMatch(/fit\.json: target "chat" has no fit, so no proposal can count it: 3 finite losses/);
    const predict = await runMain(['predict', '--fit', saved, '--mixture', '{"web": 1}', '--target', 'chat']);
    expect(predict.stderr).toMatch(/fit\.json: target "chat" has no fit: 3 finite losses; at least 5 are needed/);
    expect((await runMain(['predict', '--fit', saved, '--mixture', '{"web": 1}'])).code).toBe(0);
  });

  it('minimises the objective of a file, with the options that go with it', async () => {
    const files = await folder.runs(60);
    const objective = ['--objective', await put({ targets: { qa: 1, chat: 9 } })];
    const { code, stdout } = await propose(
      ...files,
      ...objective,
      '--uncertainty',
      '1',
      '--kl',
      '0.01',
      ...quick,
      '--json',
    );
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document.objective).toMatchObject({ targets: { qa: 1, chat: 9 }, uncertainty: 1, klStrength: 0.01 });
    expect(document.weights.web).toBeLessThan(0.15);
  });

  it('obeys every kind of constraint, and says which bind', async () => {
    const constraints = await put({
      caps: { web: 0.6 },
      minimums: { mail: 0.1 },
      groups: [{ name: 'text', domains: ['web', 'mail'], max: 0.65 }],
      excludeLicences: [],
    });
    const licences = await folder.put('licences.json', JSON.stringify({ web: 'odc-by' }));
    const options = ['--constraints', constraints, '--licences', licences, '--target', 'qa'];
    const { code, stdout, stderr } = await propose(...(await folder.runs(40)), ...options, ...quick, '--json');
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const { weights, constraints: said } = JSON.parse(stdout);
    expect(weights.mail).toBeGreaterThanOrEqual(0.1 - 1e-9);
    expect(weights.web + weights.mail).toBeLessThanOrEqual(0.65 + 1e-9);
    expect(said.binding).toContain('text');
  });

  it('leaves out domains by their licence', async () => {
    const licences = await folder.put('licences.json', JSON.stringify({ web: 'cc-by-nc-4.0', code: 'mit' }));
    const options = ['--constraints', await put({ excludeLicences: ['cc-by-nc-4.0'] }), '--licences', licences];
    const { stdout } = await propose(...(await folder.runs(40)), ...options, ...quick, '--json');
    const { weights, constraints } = JSON.parse(stdout);
    expect(weights.web).toBe(0);
    expect(constraints.excluded).toEqual(['web']);
  });

  it('shows what groups of targets cost each other', async () => {
    const pareto = ['--pareto', await put({ groups: { qa: { qa: 1 }, chat: { chat: 1 } }, points: 5 })];
    const { code, stdout } = await propose(...(await folder.runs(60)), ...pareto, ...quick, '--json');
    expect(code).toBe(0);
    const points = JSON.parse(stdout).pareto as { groups: Record<string, { mean: number }> }[];
    expect(points.length).toBeGreaterThan(1);
    const sorted = [...points].sort((a, b) => a.groups.qa!.mean - b.groups.qa!.mean);
    for (let i = 1; i < sorted.length; i++) {
      expect(sorted[i]!.groups.chat!.mean).toBeLessThanOrEqual(sorted[i - 1]!.groups.chat!.mean);
    }
  });

  it('says so, in one row, where the groups cost each other nothing', async () => {
    const pareto = ['--pareto', await put({ groups: { one: { qa: 1 }, same: { qa: 2 } }, points: 5 })];
    const { stdout } = await propose(...(await folder.runs(40)), '--target', 'qa', ...pareto, ...quick);
    const [, front] = stdout.split('What the groups cost each other: ');
    expect(front!.slice(0, front!.indexOf('\n\n')).split('\n')).toEqual([
      'nothing, the same mixture is best for all of them.',
      expect.stringMatching(/one +same +largest weights/),
      expect.stringMatching(/^─/),
      expect.stringContaining(' %'),
    ]);
  });

  it('proposes from a saved fit what it proposes from the runs', async () => {
    const [files, fit] = [await folder.runs(40), folder.at('fit.json')];
    expect((await runMain(['fit', ...files, '--model', 'linear', '--save', fit])).code).toBe(0);
    const sampling = quick.slice(2);
    const fromRuns = JSON.parse((await propose(...files, ...quick, '--json')).stdout);
    const fromFit = JSON.parse((await propose('--fit', fit, ...sampling, '--json')).stdout);
    expect(fromFit).toEqual({ ...fromRuns, notes: fromFit.notes });
    const one = JSON.parse((await propose('--fit', fit, '--target', 'chat', ...sampling, '--json')).stdout);
    expect(one.objective.targets).toEqual({ chat: 1 });
    const stray = await propose('--fit', fit, ...files);
    expect([stray.code, stray.stderr]).toEqual([
      2,
      'cuvee: --fit holds its runs and their fits: leave out --weights\n',
    ]);
  });

  it('gives the same proposal twice', async () => {
    const files = await folder.runs(40);
    const [first, second] = [await propose(...files, ...quick, '--json'), await propose(...files, ...quick, '--json')];
    expect(second.stdout).toBe(first.stdout);
  });

  it.each<[string, unknown, RegExp]>([
    ['--prior', { web: 0.5, code: 0.5 }, /given\.json: domains missing from the prior: "mail"/],
    [
      '--prior',
      { web: 0.5, code: 0.3, post: 0.2 },
      /given\.json: unknown domains in the prior: "post"; missing from the prior: "mail"/,
    ],
    ['--prior', { web: 50, code: 30, mail: 20 }, /given\.json: .*percentages/],
    ['--prior', { web: 0.5, code: 0.3, mail: 'x' }, /"mail" must be a number in \[0, inf\); got "x"/],
    ['--tokens', [1, 2, 3], /must hold a JSON object of numbers by domain/],
    ['--tokens', { web: 0, code: 0, mail: 0 }, /no domain has tokens/],
    ['--caps', { web: 0.2, code: 0.3, mail: 0.3 }, /given\.json: .*"web".*"code".*"mail"/],
    ['--constraints', { cap: {} }, /given\.json: cap: unknown field; allowed are maxEpochs, targetTokens, caps/],
    ['--constraints', { caps: { web: 2 } }, /given\.json: caps\.web: .*<=1; got 2/],
    ['--constraints', { excludeLicences: ['mit'] }, /excludeLicences needs --licences/],
    ['--constraints', { targetTokens: 5 }, /--target-tokens needs --tokens/],
    ['--objective', { targets: { qa: 1 }, combine: 'median' }, /given\.json: combine: .*weighted-mean.*worst-case/],
    ['--constraints', [], /given\.json must hold a JSON object; got \[\]/],
    ['--baseline', { weights: { web: 1 } }, /given\.json: name: /],
    [
      '--baseline',
      { name: 'x', weights: { wen: 1 } },
      /given\.json: unknown domains in the baseline: "wen"\. Did you mean "web"\?/,
    ],
    ['--baseline', { name: 'x', weights: { web: 0.5 } }, /given\.json: .*sum to 0\.5/],
    ['--objective', { targets: { quest: 1 } }, /given\.json: unknown target "quest"/],
    ['--objective', { weights: {} }, /given\.json: weights: unknown field; allowed are targets, combine/],
    ['--pareto', { groups: { a: { qa: 1 } } }, /given\.json: groups: name at least two groups/],
  ])('refuses %s %j with exit code 2, before it fits anything', async (option, content, message) => {
    const { code, stdout, stderr } = await propose(
      ...(await folder.runs(12)),
      option,
      await put(content),
      ...quick,
      '--json',
    );
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.each<[string[], RegExp]>([
    [['--target-tokens', '1e9'], /--target-tokens needs --tokens/],
    [['--max-epochs', '2'], /--max-epochs needs --tokens or --prior/],
    [['--kl', '-1'], /--kl must be a number in \[0, inf\), got "-1"/],
    [['--optimiser', 'genetic'], /Allowed choices are auto, simulate, exact, gradient/],
    [['--samples', '10', '--top', '20'], /--top 20 exceeds --samples 10/],
  ])('refuses %j', async (options, message) => {
    const { code, stdout, stderr } = await propose(...(await folder.runs(12)), ...options, '--json');
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
