import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { scorePredictions } from '#libs/surrogates';
import { OfflineFolder } from '../../test/offline-runs.js';
import { runMain } from '../../test/run-main.js';

let folder: OfflineFolder;
beforeEach(async () => {
  folder = await OfflineFolder.create();
});
afterEach(() => folder.remove());

const fit = (...args: string[]) => runMain(['fit', ...args]);
const linear = ['--model', 'linear'];

describe('cuvee fit', () => {
  it('prints one target flat: model, target, runs, diagnostics, members', async () => {
    const { code, stdout, stderr } = await fit(...(await folder.runs(40)), '--target', 'qa', ...linear, '--json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      command: 'fit',
      model: 'linear',
      target: 'qa',
      runs: 40,
      leftOut: 0,
      domains: ['web', 'code', 'mail'],
      joinedOn: 'index',
      predictions: null,
      members: [{ model: 'linear', weight: 1 }],
    });
    const { outOfFold, coverage, importance, worstPredicted, signal } = document.diagnostics;
    expect(outOfFold.spearman).toBeGreaterThan(0.99);
    expect(Object.keys(outOfFold).sort()).toEqual(['mae', 'r2', 'rmse', 'spearman']);
    expect(coverage.p50).toBeLessThan(coverage.p90);
    expect(signal.present).toBe(true);
    expect(importance.map(({ domain }: { domain: string }) => domain)).toEqual(['web', 'code', 'mail']);
    expect(worstPredicted[0].run).toMatch(/^\d+$/);
    expect(document.surrogate.coefficients).toHaveLength(3);
    expect(document.provenance).toMatchObject({ model: 'linear', seed: 42, folds: 5 });
    expect(document.provenance.inputsHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(stderr).toContain('fitted qa (1 of 1)');
  });

  it('prints several targets by name', async () => {
    const { stdout, stderr } = await fit(...(await folder.runs(30)), '--targets', 'all', ...linear, '--json');
    const document = JSON.parse(stdout);
    expect(Object.keys(document.targets)).toEqual(['qa', 'chat']);
    expect(document.targets.chat).toMatchObject({ model: 'linear', runs: 30, diagnostics: { folds: 5 } });
    expect(document.runs).toBe(30);
    expect(stderr).toContain('(2 of 2)');
  });

  it('fits the other targets where one has too few losses, and names it with the reason', async () => {
    const few = await folder.runs(30, (_, losses) => {
      for (const row of losses.slice(4)) row[2] = '';
    });
    const { code, stdout, stderr } = await fit(...few, '--targets', 'all', ...linear, '--json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(Object.keys(document.targets)).toEqual(['qa']);
    expect(document.targets.qa.runs).toBe(30);
    expect(document.unfitted).toEqual({ chat: '3 finite losses; at least 5 are needed' });
    expect(stderr).toContain('note: "chat" is left out, without a fit: 3 finite losses; at least 5 are needed\n');
    expect(stderr).toMatch(/chat cannot be fitted \(\d of 2\)/);
  });

  it('prints tables without --json, in lines of at most 100 columns', async () => {
    const long = 'metric/a_rather_long_name_of_a_validation_loss_of_a_domain/';
    const files = await folder.runs(30, (_, losses) => losses[0]!.splice(1, 2, `${long}qa_loss`, `${long}chat_loss`));
    const { code, stdout } = await fit(...files, ...linear);
    expect(code).toBe(0);
    expect(stdout).toMatch(/target +runs +Spearman +MAE +RMSE +R² +in 50 % +in 90 % +signal/);
    expect(stdout).toMatch(/…chat… +30/);
    expect(stdout).toMatch(/\n {2}more runs +\S/);
    expect(stdout).toMatch(/\n {2}worst runs +run \d+ [\d.]+, predicted [\d.]+;/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('reads JSON lines, and fits them as it fits the same runs in CSV', async () => {
    const files = await folder.runs(20);
    const rows = async (path: string) =>
      (await readFile(path, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.split(','));
    const [weights, losses] = [await rows(files[1]!), await rows(files[3]!)];
    const record = (table: string[][], r: number) =>
      Object.fromEntries(table[0]!.slice(1).map((name, c) => [name, Number(table[r]![c + 1])]));
    const lines = weights.slice(1).map(([id], i) => {
      return JSON.stringify({ run: id, weights: record(weights, i + 1), losses: record(losses, i + 1) });
    });
    const runs = await folder.put('runs.jsonl', lines.join('\n'));
    const one = ['--target', 'qa', ...linear, '--json'];
    const [csv, json] = [await fit(...files, ...one), await fit('--runs', runs, ...one)];
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout).diagnostics).toEqual(JSON.parse(csv.stdout).diagnostics);
  });

  it('predicts further mixtures, with intervals that hold new runs about as often as they say', async () => {
    const random = createRandom(9);
    const fresh = Array.from({ length: 200 }, () => sampleDirichlet(random, [1, 1, 1]));
    const truth = fresh.map((p) => 3 - p[0]! + 0.5 * p[1]! + 0.001 * random.normal());
    // The columns in another order, as another tool might write them.
    const rows = fresh.map((p, i) => [`r${i}`, p[2], p[0], p[1]].join(','));
    const predict = await folder.put('new.csv', `run,mail,web,code\n${rows.join('\n')}\n`);
    const target = ['--target', 'qa', ...linear, '--predict', predict, '--out', folder.at('p.csv')];
    const { code, stdout } = await fit(...(await folder.runs(60)), ...target, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).predictions).toEqual({ file: folder.at('p.csv'), rows: 200 });
    const [header, ...lines] = (await readFile(folder.at('p.csv'), 'utf8')).trim().split('\n');
    expect(header).toBe('run,mean,standardError,lower90,upper90');
    const parsed = lines.map((line) => line.split(','));
    expect(parsed[17]![0]).toBe('r17');
    const means = parsed.map((row) => Number(row[1]));
    expect(scorePredictions(means, truth).spearman!).toBeGreaterThan(0.999);
    const inside = parsed.filter((row, i) => truth[i]! >= Number(row[3]) && truth[i]! <= Number(row[4])).length;
    // What intervals from 60 runs hold varies by 0.04 from one set of runs to another.
    expect(inside / 200).toBeGreaterThan(0.78);
    expect(inside / 200).toBeLessThan(0.98);
  });

  it('predicts several targets in long form', async () => {
    const predict = await folder.put('new.csv', 'web,code,mail\n0.5,0.25,0.25\n1,0,0\n');
    const options = [...linear, '--predict', predict, '--out', folder.at('p.csv')];
    expect((await fit(...(await folder.runs(30)), ...options)).code).toBe(0);
    const lines = (await readFile(folder.at('p.csv'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'index,target',
      '1,qa',
      '1,chat',
      '2,qa',
      '2,chat',
    ]);
  });

  it('passes settings to a named model', async () => {
    const files = await folder.runs(30);
    const coefficients = async (...options: string[]) =>
      JSON.parse((await fit(...files, '--target', 'qa', ...linear, ...options, '--json')).stdout).surrogate
        .coefficients;
    const [plain, strong] = [await coefficients(), await coefficients('--set', 'lambda=1000')];
    expect(Math.abs(strong[0])).toBeLessThan(0.2 * Math.abs(plain[0]));
  });

  it('takes the log-probabilities of per-domain experts as further inputs, and a saved fit keeps them', async () => {
    const rows = Array.from({ length: 30 }, (_, t) => [-1 - (t % 3), -1 - ((t + 1) % 3), -2].join(','));
    const experts = await folder.put('experts.csv', `web,code,mail\n${rows.join('\n')}\n`);
    const options = ['--target', 'qa', ...linear, '--experts', experts, '--save', folder.at('fit.json'), '--json'];
    const { code, stdout } = await fit(...(await folder.runs(30)), ...options);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).members[0].model).toBe('linear+experts');
    const mixture = ['--mixture', '{"web": 1}'];
    expect((await runMain(['predict', '--fit', folder.at('fit.json'), ...mixture])).code).toBe(0);
    const wrong = await folder.put('wrong.csv', 'web,code,mail\n-1,-1,0.5\n');
    const refused = await fit(...(await folder.runs(30)), ...linear, '--experts', wrong);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/wrong\.csv: rows\[0\]\[2\] must be a log-prob/),
    ]);
  });

  it('leaves a run out for the target whose loss is missing, and for no other', async () => {
    const files = await folder.runs(20, (_, losses) => {
      losses[3]![1] = 'NaN';
      losses[5]![1] = '';
      losses[6]![1] = 'inf';
    });
    const { code, stdout, stderr } = await fit(...files, ...linear, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).targets.qa).toMatchObject({ runs: 17, leftOut: 3 });
    expect(JSON.parse(stdout).targets.chat).toMatchObject({ runs: 20, leftOut: 0 });
    expect(stderr).toMatch(/3 runs left out for "qa": index 3 is "NaN", index 5 is empty, index 6 is "inf"/);
  });

  it('accepts percentages and mended sums, and says so', async () => {
    const percent = await folder.runs(20, (weights) =>
      weights.slice(1).map((row) => row.splice(1, 3, ...row.slice(1).map((w) => String(100 * Number(w))))),
    );
    const { code, stdout } = await fit(...percent, '--target', 'qa', ...linear, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).notes.join()).toMatch(/w\.csv: every row sums to about 100/);
    const mended = await folder.runs(20, (weights) => {
      weights[4] = ['4', '0.5', '0.3', '0.203'];
    });
    const document = JSON.parse((await fit(...mended, '--target', 'qa', ...linear, '--json')).stdout);
    expect(document.renormalised).toBe(1);
  });

  it('joins on run ids whatever the order, and names runs without a partner', async () => {
    const files = await folder.runs(20, (weights, losses) => {
      weights.splice(1, weights.length - 1, ...weights.slice(1).reverse());
      for (const row of losses.slice(1)) row[0] = `${row[0]}.0`;
      losses[20]![0] = '99';
    });
    const document = JSON.parse((await fit(...files, '--target', 'qa', ...linear, '--json')).stdout);
    expect(document.runs).toBe(19);
    expect(document.unmatched).toEqual({ weights: ['20'], losses: ['99'] });
    expect(document.diagnostics.outOfFold.spearman).toBeGreaterThan(0.99);
  });

  it('says that a constant target has no signal and that its predictions mean nothing', async () => {
    const files = await folder.runs(12, (_, losses) => losses.slice(1).map((row) => row.splice(1, 1, '2')));
    const options = ['--target', 'qa', ...linear, '--predict', files[1]!, '--out', folder.at('p.csv')];
    const { code, stdout, stderr } = await fit(...files, ...options);
    expect(code).toBe(0);
    expect(stdout).toMatch(/qa +12 +– .* no\n/);
    expect(stderr).toMatch(/note: the predictions of "qa" mean nothing: /);
  });

  const damage: [string, (weights: string[][], losses: string[][]) => unknown, RegExp][] = [
    [
      'a sum too far off',
      (w) => w[2]!.splice(1, 3, '0.5', '0.3', '0.21'),
      /w\.csv: index 2: weights must sum to 1 within 0\.005; they sum to 1\.01/,
    ],
    ['a duplicate id', (w) => w[2]!.splice(0, 1, '1'), /w\.csv: index 1 is given twice, in rows 1 and 2/],
    ['a duplicate column', (w) => w[0]!.splice(2, 1, 'web'), /w\.csv: column "web" appears twice/],
    ['text for a loss', (_, l) => l[4]!.splice(1, 1, 'oom'), /l\.csv: index 4: "qa" must be a number.*got "oom"/],
    [
      'ids that never meet',
      (_, l) => l.slice(1).map((row, i) => row.splice(0, 1, `x${i}`)),
      /no run of .*w\.csv .* is in .*l\.csv/,
    ],
    [
      'one domain',
      (w) => w.splice(0, w.length, ...w.map(([id], r) => [id!, r === 0 ? 'web' : '1'])),
      /w\.csv has one domain only, "web": there is nothing to mix/,
    ],
    ['no rows', (w) => w.splice(1), /w\.csv has a header but no rows/],
    [
      'too few runs',
      (w) => w.splice(4),
      /l\.csv: no target can be fitted: "qa": 3 finite losses; at least 5 are needed; "chat": 3 fin/,
    ],
  ];
  it.each(damage)('refuses %s with exit code 2 and nothing on standard output', async (_, edit, message) => {
    const { code, stdout, stderr } = await fit(...(await folder.runs(12, edit)), '--json', ...linear);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.each([
    [['--target', 'qua'], /unknown target "qua"\. Did you mean "qa"\? Targets: qa, chat/],
    [['--targets', 'qa,'], /--targets has an empty name: "qa,"/],
    [['--targets', 'qa', '--target', 'chat'], /--target and --targets exclude each other/],
    [['--model', 'forest'], /--model: unknown model "forest"; known: auto, linear/],
    [['--set', 'lambda=1'], /parameters belong to one surrogate; name it instead of "auto"/],
    [['--model', 'linear', '--set', 'lamda=1'], /--set: unknown parameter "lamda"; known: lambda/],
    [['--set', 'lambda'], /--set needs name=number/],
    [['--predict', 'x.csv'], /--predict and --out need each other/],
    [['--folds', '1'], /--folds must be a whole number at least 2/],
    [['--runs', 'x.jsonl'], /--runs holds weights and losses: leave out --weights and --losses/],
    [['--tarket', 'qa'], /unknown option/],
  ])('refuses %j', async (options, message) => {
    const { code, stdout, stderr } = await fit(...(await folder.runs(12)), ...options);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('says how runs are given when none is', async () => {
    const { code, stderr } = await fit();
    expect(code).toBe(2);
    expect(stderr).toBe(
      'cuvee: no runs are given: --weights and --losses name a pair of CSV files, --runs a file of JSON lines\n',
    );
    const [flag, weights] = await folder.runs(12);
    expect((await fit(flag!, weights!)).stderr).toContain('one file of the pair is missing');
  });

  it('refuses an --out or --save that cannot be written before it fits anything', async () => {
    const files = await folder.runs(12);
    const [, weights] = files;
    for (const out of [folder.path, join(weights!, 'p.csv')]) {
      const found = await fit(...files, '--target', 'qa', '--predict', weights!, '--out', out, '--json');
      expect(found).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^cuvee: cannot write .*folder\n$/) });
      expect(await fit(...files, '--save', out)).toEqual({ ...found, stderr: found.stderr });
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'names the file asked for where only the writing shows that it cannot be',
    async () => {
      const { code, stderr } = await fit(
        ...(await folder.runs(12)),
        '--target',
        'qa',
        ...linear,
        '--save',
        '/proc/fit.json',
      );
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining('cuvee: cannot write /proc/fit.json: '),
      });
    },
  );

  it('names a file that is not there, text in another encoding, and mixtures of other domains', async () => {
    const files = await folder.runs(12);
    expect(await fit('--weights', folder.at('no.csv'), ...files.slice(2))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/cannot read .*no\.csv: there is no such file/),
    });
    const latin = await folder.put('latin.csv', Buffer.from('index,caf\xe9,tea\n1,0.5,0.5\n', 'latin1'));
    expect(await fit('--weights', latin, '--losses', latin)).toMatchObject({
      code: 2,
      stderr: `cuvee: ${latin} is not text in UTF-8\n`,
    });
    const predict = await folder.put('new.csv', 'index,web,code,post\n1,0.2,0.3,0.5\n');
    const options = ['--target', 'qa', '--predict', predict, '--out', folder.at('p.csv'), ...linear];
    expect(await fit(...files, ...options)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/it lacks the domains mail; it has columns that are no domain: post/),
    });
    expect(existsSync(folder.at('p.csv'))).toBe(false);
  });
});
