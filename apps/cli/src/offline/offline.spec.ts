import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { scorePredictions } from '#libs/surrogates';
import { main } from '../main.js';

/** Runs one command line in this process and gives its exit code and both streams. */
async function cuvee(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  try {
    const code = await main(args);
    return { code, out: written.stdout, err: written.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuvee-offline-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const domains = ['web', 'code', 'mail'];

/** A pair of CSV files of `n` runs with two targets; `edit` changes cells before they are written. */
async function runFiles(n: number, edit: (weights: string[][], losses: string[][]) => unknown = () => {}) {
  const random = createRandom(1);
  const weights = [['index', ...domains]];
  const losses = [['index', 'qa', 'chat']];
  for (let i = 1; i <= n; i++) {
    const p = sampleDirichlet(random, [1, 1, 1]);
    weights.push([String(i), ...p.map((w) => w.toFixed(6))]);
    const qa = 3 - p[0]! + 0.5 * p[1]! + 0.001 * random.normal();
    losses.push([String(i), qa.toFixed(6), (2 + p[0]! ** 2 + 0.001 * random.normal()).toFixed(6)]);
  }
  edit(weights, losses);
  const csv = (rows: string[][]) => `${rows.map((row) => row.join(',')).join('\n')}\n`;
  return ['--weights', await put('w.csv', csv(weights)), '--losses', await put('l.csv', csv(losses))];
}

describe('cuvee fit', () => {
  it('prints one JSON document on standard output, and progress on standard error', async () => {
    const { code, out, err } = await cuvee('fit', ...(await runFiles(30)), '--json', '--model', 'linear');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ command: 'fit', domains, runs: 30, joinedOn: 'index', predictions: null });
    expect(Object.keys(document.targets)).toEqual(['qa', 'chat']);
    expect(document.targets.qa).toMatchObject({ model: 'linear', rows: 30, leftOut: 0, signal: { present: true } });
    expect(document.targets.qa.surrogate.coefficients).toHaveLength(3);
    expect(document.provenance.inputsHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(err).toContain('fitting qa (1 of 2)');
  });

  it('prints a table without --json', async () => {
    const { code, out } = await cuvee('fit', ...(await runFiles(30)), '--target', 'qa', '--model', 'linear');
    expect(code).toBe(0);
    expect(out).toMatch(/target +model +runs +Spearman/);
    expect(out).toMatch(/qa +linear +30/);
    expect(out).not.toContain('chat');
  });

  it('predicts further mixtures, with intervals that hold new runs about as often as they say', async () => {
    const random = createRandom(9);
    const fresh = Array.from({ length: 200 }, () => sampleDirichlet(random, [1, 1, 1]));
    const truth = fresh.map((p) => 3 - p[0]! + 0.5 * p[1]! + 0.001 * random.normal());
    // The columns in another order, as another tool might write them.
    const rows = fresh.map((p, i) => [`r${i}`, p[2], p[0], p[1]].join(','));
    const predict = await put('new.csv', `run,mail,web,code\n${rows.join('\n')}\n`);
    const target = ['--target', 'qa', '--model', 'linear', '--predict', predict, '--out', join(folder, 'p.csv')];
    const { code, out } = await cuvee('fit', ...(await runFiles(60)), ...target, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).predictions).toMatchObject({ file: join(folder, 'p.csv'), rows: 200 });
    const [header, ...lines] = (await readFile(join(folder, 'p.csv'), 'utf8')).trim().split('\n');
    expect(header).toBe('run,mean,standardError,lower90,upper90');
    const parsed = lines.map((line) => line.split(','));
    expect(parsed[17]![0]).toBe('r17');
    expect(
      scorePredictions(
        parsed.map((row) => Number(row[1])),
        truth,
      ).spearman!,
    ).toBeGreaterThan(0.999);
    const inside = parsed.filter((row, i) => truth[i]! >= Number(row[3]) && truth[i]! <= Number(row[4])).length;
    expect(inside / 200).toBeGreaterThan(0.82);
    expect(inside / 200).toBeLessThan(0.98);
  });

  it('accepts rows that sum to 1 within 0.005 and says how many', async () => {
    const files = await runFiles(20, (weights) => {
      weights[4] = ['4', '0.5', '0.3', '0.203'];
    });
    const { code, out } = await cuvee('fit', ...files, '--target', 'qa', '--model', 'linear', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).renormalised).toBe(1);
    expect(JSON.parse(out).notes.join()).toMatch(/1 of 20 rows summed to 1\.0030 to 1\.0030 and were renormalised/);
  });

  it('leaves a run out for the target whose loss is missing, and for no other', async () => {
    const files = await runFiles(20, (_, losses) => {
      losses[3]![1] = 'NaN';
      losses[5]![1] = '';
      losses[6]![1] = 'inf';
    });
    const { code, out, err } = await cuvee('fit', ...files, '--model', 'linear', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).targets.qa).toMatchObject({ rows: 17, leftOut: 3 });
    expect(JSON.parse(out).targets.chat).toMatchObject({ rows: 20, leftOut: 0 });
    expect(err).toMatch(/3 runs left out for "qa": index 3 is "NaN", index 5 is empty, index 6 is "inf"/);
  });

  it('joins on run ids whatever the order, and leaves out and names runs without a partner', async () => {
    const files = await runFiles(20, (weights, losses) => {
      weights.splice(1, weights.length - 1, ...weights.slice(1).reverse());
      for (const row of losses.slice(1)) row[0] = `${row[0]}.0`;
      losses[20]![0] = '99';
    });
    const { code, out } = await cuvee('fit', ...files, '--target', 'qa', '--model', 'linear', '--json');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document.runs).toBe(19);
    expect(document.unmatched).toEqual({ weights: ['20'], losses: ['99'] });
    expect(document.targets.qa.outOfFold.spearman).toBeGreaterThan(0.99);
  });

  const damage: [string, (weights: string[][], losses: string[][]) => unknown, RegExp][] = [
    [
      'percentages',
      (w) => w.slice(1).map((row) => row.splice(1, 3, '30', '30', '40')),
      /w\.csv: index 1: weights sum to 100, so they look like percentages/,
    ],
    [
      'a sum too far off',
      (w) => w[2]!.splice(1, 3, '0.5', '0.3', '0.21'),
      /w\.csv: index 2: weights must sum to 1 within 0\.005; they sum to 1\.01/,
    ],
    [
      'a negative weight',
      (w) => w[2]!.splice(1, 3, '1.1', '-0.1', '0'),
      /index 2: the weight of "code" must be in \[0, 1\]; got -0\.1/,
    ],
    ['a duplicate id', (w) => w[2]!.splice(0, 1, '1'), /w\.csv: index 1 is given twice, in rows 1 and 2/],
    ['a duplicate column', (w) => w[0]!.splice(2, 1, 'web'), /w\.csv: column "web" appears twice/],
    [
      'a column without a name',
      (w) => w[0]!.splice(0, 1, ''),
      /column 1 has no name \(name a column of run ids "index"\)/,
    ],
    ['no id column', (_, l) => l[0]!.splice(0, 1, 'nr'), /l\.csv has no column of run ids \(index, run, run_id\)/],
    [
      'ids that never meet',
      (_, l) => l.slice(1).map((row, i) => row.splice(0, 1, `x${i}`)),
      /no run of .*w\.csv .* is in .*l\.csv/,
    ],
    ['a ragged row', (w) => w[3]!.pop(), /w\.csv: line 4 has 3 cells; the header has 4/],
    ['a name on both sides', (_, l) => l[0]!.splice(1, 1, 'web'), /column "web" is in both/],
    [
      'text for a weight',
      (w) => w[2]!.splice(1, 1, 'abc'),
      /w\.csv: index 2: the weight of "web" must be a number in \[0, 1\]; got "abc"/,
    ],
    [
      'text for a loss',
      (_, l) => l[4]!.splice(1, 1, 'oom'),
      /l\.csv: index 4: "qa" must be a number, or empty, nan or inf .*; got "oom"/,
    ],
    [
      'semicolons',
      (w) => w.splice(0, w.length, ...w.map((row) => [row.join(';')])),
      /w\.csv separates its columns with semicolons; commas are needed/,
    ],
    [
      'one domain',
      (w) => w.splice(0, w.length, ...w.map(([id], r) => [id!, r === 0 ? 'web' : '1'])),
      /w\.csv has one domain only, "web": there is nothing to mix/,
    ],
    [
      'a column that is no domain',
      (w) => w.map((row, r) => row.push(r === 0 ? 'seed' : '7')),
      /sum to 8 \(columns taken as domains: web, code, mail, seed\)/,
    ],
    ['no rows', (w) => w.splice(1), /w\.csv has a header but no rows/],
    ['too few runs', (w) => w.splice(4), /target "qa" has 3 finite losses; at least 5/],
    [
      'a target without numbers',
      (_, l) => l.slice(1).map((row) => row.splice(1, 2, 'a', 'b')),
      /l\.csv has no column of numbers/,
    ],
  ];
  it.each(damage)('refuses %s with exit code 2 and nothing on standard output', async (_, edit, message) => {
    const { code, out, err } = await cuvee('fit', ...(await runFiles(12, edit)), '--json', '--model', 'linear');
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it.each([
    [['--target', 'qua'], /unknown target "qua"\. Did you mean "qa"\? Targets: qa, chat/],
    [['--model', 'forest'], /unknown model "forest"; known: auto, linear, gbdt/],
    [['--predict', 'x.csv'], /--predict and --out need each other/],
    [['--folds', '1'], /--folds must be a whole number at least 2/],
    [['--tarket', 'qa'], /unknown option/],
  ])('refuses %j', async (options, message) => {
    const { code, out, err } = await cuvee('fit', ...(await runFiles(12)), ...options);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('refuses an --out that cannot be written before it fits anything', async () => {
    const files = await runFiles(12);
    const [, weights] = files;
    for (const out of [folder, join(weights!, 'p.csv')]) {
      const found = await cuvee('fit', ...files, '--target', 'qa', '--predict', weights!, '--out', out, '--json');
      expect(found).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^cuvee: cannot write .*folder\n$/) });
    }
  });

  it('says of text in another encoding that it is not UTF-8', async () => {
    const path = join(folder, 'latin.csv');
    await writeFile(path, Buffer.from('index,caf\xe9,tea\n1,0.5,0.5\n', 'latin1'));
    const { code, err } = await cuvee('fit', '--weights', path, '--losses', path);
    expect({ code, err }).toEqual({ code: 2, err: `cuvee: ${path} is not text in UTF-8\n` });
  });

  it('says that predictions without signal mean nothing', async () => {
    const files = await runFiles(12, (_, losses) =>
      losses.slice(1).map((row, r) => row.splice(1, 1, String((r * 7) % 5))),
    );
    const options = ['--target', 'qa', '--model', 'linear', '--predict', files[1]!, '--out', join(folder, 'p.csv')];
    const { code, err } = await cuvee('fit', ...files, ...options);
    expect(code).toBe(0);
    expect(err).toMatch(/note: the predictions of "qa" mean nothing: no signal/);
  });

  it('names a file that is not there, and mixtures of other domains', async () => {
    const files = await runFiles(12);
    expect(await cuvee('fit', '--weights', join(folder, 'no.csv'), ...files.slice(2))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot read .*no\.csv: there is no such file/),
    });
    const predict = await put('new.csv', 'index,web,code,post\n1,0.2,0.3,0.5\n');
    const options = ['--target', 'qa', '--predict', predict, '--out', join(folder, 'p.csv'), '--model', 'linear'];
    expect(await cuvee('fit', ...files, ...options)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/it lacks the domains mail; it has columns that are no domain: post/),
    });
    expect(existsSync(join(folder, 'p.csv'))).toBe(false);
  });
});

describe('cuvee propose', () => {
  const quick = ['--model', 'linear', '--samples', '3000', '--top', '30'];

  it('prints a proposal that cuvee export accepts, and writes the same to --out', async () => {
    const tokens = await put('tokens.json', JSON.stringify({ web: 5e9, code: 4e9, mail: 1e9 }));
    const out = join(folder, 'p.json');
    const files = await runFiles(40);
    const result = await cuvee(
      'propose',
      ...files,
      '--target',
      'qa',
      '--tokens',
      tokens,
      '--target-tokens',
      '2e10',
      ...quick,
      '--out',
      out,
      '--json',
    );
    expect(result.code).toBe(0);
    const document = JSON.parse(result.out);
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(document);
    expect(document.weights.web).toBeGreaterThan(0.9);
    expect(document.constraints.caps).toEqual({ web: 1, code: 0.8, mail: 0.2 });
    expect(document.epochs.web).toBeCloseTo((document.weights.web * 2e10) / 5e9, 9);
    expect(document.bestObserved.run).toMatch(/^\d+$/);
    expect(document.provenance).toMatchObject({ seed: 42, runs: 40, model: 'linear' });
    const exported = await cuvee(
      'export',
      '--proposal',
      out,
      '--format',
      'megatron',
      '--prefix',
      '/data/{domain}',
      '--out',
      join(folder, 'm'),
      '--json',
    );
    expect(exported).toMatchObject({ code: 0 });
  });

  it('prints tables without --json', async () => {
    const { code, out } = await cuvee('propose', ...(await runFiles(40)), ...quick);
    expect(code).toBe(0);
    expect(out).toMatch(/domain +proposed +natural +epochs +cap/);
    expect(out).toMatch(/predicted loss +proposed +natural +uniform +best observed +standard error/);
  });

  it('optimises the objective of a file', async () => {
    const objective = await put('o.json', JSON.stringify({ targets: { qa: 1, chat: 9 } }));
    const { code, out } = await cuvee('propose', ...(await runFiles(60)), '--objective', objective, ...quick, '--json');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document.objective).toEqual({ targets: { qa: 1, chat: 9 }, combine: 'weighted-mean' });
    expect(document.weights.web).toBeLessThan(0.1);
  });

  it('gives the same proposal twice', async () => {
    const files = await runFiles(40);
    const [first, second] = [
      await cuvee('propose', ...files, ...quick, '--json'),
      await cuvee('propose', ...files, ...quick, '--json'),
    ];
    expect(second.out).toBe(first.out);
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
    ['--caps', { web: 0.2, code: 0.3, mail: 0.3 }, /0\.2 short of 1\. Binding: "web" <= 0\.2/],
    ['--objective', { targets: { qa: 1 }, combine: 'median' }, /combine must be weighted-mean or worst-case/],
    ['--objective', { targets: { quest: 1 } }, /unknown target "quest"/],
    ['--objective', { weights: {} }, /must hold \{"targets"/],
  ])('refuses %s %j with exit code 2', async (option, content, message) => {
    const path = await put('given.json', JSON.stringify(content));
    const { code, out, err } = await cuvee('propose', ...(await runFiles(12)), option, path, ...quick, '--json');
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

// Public runs of RegMix, kept beside the repository where they may be read but not copied.
const regmix = resolve('../shared/data/regmix');
const present = existsSync(join(regmix, 'train_mixture_1m.csv'));
if (!present) console.warn(`skipping the tests on RegMix's runs: ${regmix} is absent`);

describe.skipIf(!present)("on RegMix's 512 runs of 1M parameters", () => {
  const pileCc = 'metric/the_pile_pile_cc_val_loss';
  const file = (name: string) => join(regmix, name);
  const pair = [
    '--weights',
    file('train_mixture_1m.csv'),
    '--losses',
    file('train_pile_loss_1m.csv'),
    '--target',
    pileCc,
  ];

  async function testSpearman(model: string) {
    const out = join(folder, 'p.csv');
    const predict = ['--predict', file('test_mixture_1m.csv'), '--out', out];
    const { code } = await cuvee('fit', ...pair, '--model', model, ...predict, '--json');
    expect(code).toBe(0);
    const read = async (path: string, column: string) => {
      const [header, ...lines] = (await readFile(path, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.split(','));
      return new Map(lines.map((cells) => [cells[0]!, Number(cells[header!.indexOf(column)])]));
    };
    const truth = await read(file('test_pile_loss_1m.csv'), pileCc);
    const [mean, lower, upper] = await Promise.all(['mean', 'lower90', 'upper90'].map((column) => read(out, column)));
    const ids = [...truth.keys()];
    const inside = ids.filter((id) => truth.get(id)! >= lower!.get(id)! && truth.get(id)! <= upper!.get(id)!).length;
    const scores = scorePredictions(
      ids.map((id) => mean!.get(id)!),
      ids.map((id) => truth.get(id)!),
    );
    return { rho: scores.spearman!, coverage: inside / ids.length };
  }

  it('boosted trees rank the 256 held-out mixtures as LightGBM does', async () => {
    const { rho, coverage } = await testSpearman('gbdt');
    expect(rho).toBeGreaterThanOrEqual(0.985);
    expect(coverage).toBeGreaterThan(0.85);
  });

  it('a straight line reaches what least squares reaches', async () => {
    const { rho } = await testSpearman('linear');
    expect(rho).toBeGreaterThanOrEqual(0.9);
    expect(rho).toBeLessThan(0.91);
  });

  it('the proposal caps Enron and puts most weight on Pile-CC', async () => {
    const prior = ['--prior', file('pile_token_prior.json')];
    const { code, out } = await cuvee('propose', ...pair, ...prior, '--json');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document.constraints.caps.train_the_pile_enron_emails).toBeCloseTo(4 * 0.00175077, 6);
    expect(document.weights.train_the_pile_enron_emails).toBeLessThan(0.00701);
    expect(document.provenance.renormalised).toBe(303);
    expect(document.weights.train_the_pile_pile_cc).toBeGreaterThan(0.8);
    expect(document.predictedObjective.proposal).toBeLessThan(document.predictedObjective.natural);
  });

  it('so does a straight line, which without caps would ask mostly for Enron mail', async () => {
    const prior = ['--prior', file('pile_token_prior.json'), '--model', 'linear'];
    const capped = JSON.parse((await cuvee('propose', ...pair, ...prior, '--json')).out);
    expect(capped.weights.train_the_pile_enron_emails).toBeLessThan(0.00701);
    expect(capped.weights.train_the_pile_pile_cc).toBeGreaterThan(0.8);
    const free = JSON.parse((await cuvee('propose', ...pair, ...prior, '--max-epochs', '1000', '--json')).out);
    expect(free.weights.train_the_pile_enron_emails).toBeGreaterThan(0.4);
  });
});
