import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom, sampleDirichlet } from '#libs/simplex';
import { main } from '../main.js';
import { findSize, parseScale } from './model-size.js';

/** Runs one command line in this process and gives its exit code and both streams. */
async function law(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  try {
    const code = await main(['law', ...args]);
    return { code, out: written.stdout, err: written.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuvee-law-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

const random = createRandom(4);
const mixtures = Array.from({ length: 10 }, () =>
  sampleDirichlet(random, [1.5, 1.5, 1.5]).map((w) => Number(w.toFixed(4))),
);
for (const h of mixtures) h[2] = Number((1 - h[0]! - h[1]!).toFixed(4));

/** Losses of a law in which domain "a" helps, at three sizes and five steps. */
function longRows(size: string, n: number, order = 1, edit: (line: string) => string = (line) => line): string[] {
  const lines = ['run,mixture,step,domain,loss'];
  mixtures.forEach((h, u) => {
    for (const step of [4000, 6000, 8000, 10000, 12000]) {
      const loss = 1 + Math.exp(-order * h[0]!) + 0.5 * Math.exp(-0.3 * Math.log(n / 1e8)) + 40 / Math.sqrt(step);
      lines.push(edit(`${size}_${u},${h.join('-')},${step},web,${loss.toFixed(6)}`));
    }
  });
  return lines;
}

async function longFiles(): Promise<string[]> {
  const files = await Promise.all([
    put('one.csv', longRows('50M', 5e7)),
    put('two.csv', longRows('100M', 1e8)),
    put('three.csv', longRows('200M', 2e8)),
  ]);
  return files.flatMap((path) => ['--data', path]);
}

describe('cuvee law', () => {
  it('nested: predicts a larger size, proposes the mixture that helps, and says how it did on a held-out size', async () => {
    const { code, out, err } = await law(
      ...(await longFiles()),
      '--form',
      'nested',
      '--n',
      '1B',
      '--domains',
      'a,b,c',
      '--bootstraps',
      '5',
      '--json',
    );
    expect(err).not.toContain('Error');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document).toMatchObject({
      command: 'law',
      form: 'nested',
      at: { size: 1e9, tokens: 12000, tokenUnit: 'steps' },
      abstained: false,
    });
    expect(document.data.sizes).toEqual([5e7, 1e8, 2e8]);
    expect(document.bestMixture.weights.a).toBeGreaterThan(0.9);
    const size = document.heldOut.find(({ what }: { what: string }) => what === 'size');
    expect(size.law.mae).toBeLessThan(size.baseline.mae);
    const truth = 1 + Math.exp(-mixtures[0]![0]!) + 0.5 * Math.exp(-0.3 * Math.log(10)) + 40 / Math.sqrt(12000);
    const { lower90, upper90 } = document.runs[0].predicted.web;
    expect(truth).toBeGreaterThan(lower90);
    expect(truth).toBeLessThan(upper90);
  });

  it('abstains where the largest sizes disagree about the order of the mixtures', async () => {
    const files = [await put('one.csv', longRows('50M', 5e7)), await put('two.csv', longRows('100M', 1e8, -0.5))];
    const args = files.flatMap((path) => ['--data', path]);
    const { code, out } = await law(...args, '--form', 'nested', '--n', '1B', '--bootstraps', '4', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      abstained: true,
      bestMixture: null,
      bestTrained: null,
      signal: { verdict: 'absent' },
    });
    expect((await law(...args, '--form', 'signal')).out).toContain('absent');
  });

  it('predicts every row of a file at its own scale, and scores the losses that it holds', async () => {
    const out = join(folder, 'p.csv');
    const larger = await put('400M.csv', longRows('400M', 4e8));
    const { code, out: text } = await law(
      ...(await longFiles()),
      '--form',
      'size',
      '--bootstraps',
      '4',
      '--predict',
      larger,
      '--out',
      out,
    );
    expect(code).toBe(0);
    expect(text).toContain('50 predictions in');
    const lines = (await readFile(out, 'utf8')).trim().split('\n');
    expect(lines[0]).toBe('index,target,size,tokens,mean,standardError,lower50,upper50,lower90,upper90,loss');
    const [, target, size, , mean, , , , , , loss] = lines[1]!.split(',');
    expect([target, size]).toEqual(['web', '400000000']);
    expect(Math.abs(Number(mean) - Number(loss))).toBeLessThan(0.05);
  });

  it('reads wide files, leaves missing cells out by name, and keeps to the caps', async () => {
    const lines = ['weight_a,weight_b,weight_c,model_size,n_tokens,web_loss'];
    for (const n of [1e8, 3e8]) {
      for (const [u, h] of mixtures.entries()) {
        for (const d of [4e9, 8e9, 1.6e10]) {
          const loss =
            1 +
            1 / (0.5 * Math.sqrt(h[0]!) + 1) +
            0.3 * Math.exp(-0.3 * Math.log(n / 1e8)) +
            0.2 * Math.exp(-0.5 * Math.log(d / 8e9));
          lines.push([...h, n, d, u === 3 && d === 8e9 && n === 1e8 ? '' : loss].join(','));
        }
      }
    }
    const path = await put('wide.csv', lines);
    const args = [
      '--data',
      path,
      '--form',
      'additive',
      '--target',
      'web',
      '--n',
      '1B',
      '--bootstraps',
      '4',
      '--cap',
      'a=0.6',
    ];
    const { code, out } = await law(...args, '--json');
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document.notes.join()).toContain('1 missing loss cell left out: row 11 web_loss');
    expect(document.bestMixture.weights.a).toBeCloseTo(0.6, 3);
    expect(document.parameters.web_loss).toMatchObject({ converged: expect.any(Boolean), alpha: expect.any(Number) });
    expect(document.notes.join()).toContain('two sizes do not determine');
  });

  it('uses the losses of a mixture whose label does not sum to 1, not its weights, and says so', async () => {
    const path = await put(
      'one.csv',
      longRows('50M', 5e7, 1, (line) => line.replace(mixtures[0]!.join('-'), '0.6-0.3-0.12')),
    );
    const { code, out, err } = await law(
      '--data',
      path,
      '--form',
      'step',
      '--d',
      '24000',
      '--bootstraps',
      '3',
      '--json',
    );
    expect(code).toBe(0);
    expect(err).toContain('mixture 0.6-0.3-0.12 (run 50M_0) sums to 1.02');
    const [first] = JSON.parse(out).runs;
    expect(first).toMatchObject({ run: '50M_0', weights: null });
    const asked = (n: number) =>
      1 + Math.exp(-mixtures[0]![0]!) + 0.5 * Math.exp(-0.3 * Math.log(5e7 / 1e8)) + 40 / Math.sqrt(n);
    expect(Math.abs(first.predicted.web.mean - asked(24000))).toBeLessThan(0.02);
  });

  it.each([
    [
      'a cell that is no number',
      (line: string) => line.replace(/(_3,[^,]*,8000,web,).*/, '$1oops'),
      /row 18: "loss" must be a number.*"oops"/,
    ],
    [
      'a step that is not positive',
      (line: string) => line.replace(',8000,', ',0,'),
      /row 3: "step" must be a positive number; got "0"/,
    ],
    [
      'a mixture that is no list of weights',
      (line: string) => line.replace(/,[\d.-]+,8000/, ',half,8000'),
      /weights joined by "-".*"half"/,
    ],
  ])('refuses %s with exit code 2, naming row, column and what is allowed', async (_, edit, message) => {
    const { code, err } = await law('--data', await put('one.csv', longRows('50M', 5e7, 1, edit)), '--form', 'step');
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  it('prints the laws in words and lines of at most 100 columns', async () => {
    const { code, out } = await law(...(await longFiles()), '--form', 'nested', '--n', '1B', '--bootstraps', '3');
    expect(code).toBe(0);
    expect(out).toMatch(/\n {2}steps +no law was needed: every run was measured at this many steps\n/);
    expect(out).toMatch(/\n {2}size +loss − floor ∝ parameters\^−0\.\d+ \(determined by these sizes\)/);
    expect(out).toMatch(/\n {2}web: log-linear on 10 mixtures, residual/);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    const continued = await law(...(await longFiles()), '--form', 'step', '--d', '24000', '--bootstraps', '3');
    expect(continued.out).toMatch(/\n {2}steps +30 curves, loss − floor ∝ steps\^−γ, γ \S+ to \S+, median \S+\n/);
  });

  it.each(['size', 'signal'])(
    'refuses --form %s where all runs have one size: no law would be fitted',
    async (form) => {
      const { code, err } = await law('--data', await put('one.csv', longRows('50M', 5e7)), '--form', form);
      expect(err).toContain('needs the same mixtures at two sizes or more; these runs all have 50M parameters');
      expect(code).toBe(2);
    },
  );

  it('refuses --form step where no run was measured at enough training lengths', async () => {
    const rows = longRows('50M', 5e7).filter((line) => !/,(4000|6000|8000),/.test(line));
    const { code, err } = await law('--data', await put('one.csv', rows), '--form', 'step', '--d', '24000');
    expect(err).toContain('--form step found no run with losses at 3 training lengths');
    expect(code).toBe(2);
  });

  it('refuses options that cannot be meant', async () => {
    const path = await put('one.csv', longRows('50M', 5e7));
    const fails = async (...args: string[]) => {
      const { code, err } = await law('--data', path, ...args);
      expect(code).toBe(2);
      return err;
    };
    expect(await fails('--form', 'cubic')).toContain('step, size, mixture');
    expect(await fails('--form', 'nested', '--n', '1B')).toContain('needs two sizes');
    expect(await fails('--form', 'step', '--target', 'wab')).toContain('they hold web');
    expect(await fails('--form', 'mixture', '--predict', path)).toContain('--predict and --out need each other');
    expect(await fails('--form', 'mixture', '--model', 'magic')).toContain('log-linear');
    expect(await fails('--form', 'mixture', '--cap', 'nowhere=0.5')).toContain('the domains are domain 1');
    expect(await fails('--form', 'step', '--size', '70M')).toContain('LABEL=PARAMETERS');
  });

  const data = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
  it.skipIf(!existsSync(data))('reads the published 2Mix runs as they are (needs ../shared/data)', async () => {
    const { code, out } = await law(
      '--data',
      `${data}mixinglaws/2Mix_70M.csv`,
      '--form',
      'mixture',
      '--domains',
      'Github,Pile-CC',
      '--json',
    );
    expect(code).toBe(0);
    const { parameters } = JSON.parse(out);
    expect(parameters.Github.twoDomains.slope).toBeCloseTo(-1.6401, 2);
    expect(parameters['Pile-CC'].twoDomains).toMatchObject({ weightOf: 'Pile-CC' });
  });
});

describe('sizes', () => {
  it('reads them from columns, run names and file names, and lets --size say what a label means', () => {
    expect([parseScale('70M'), parseScale('1.5b'), parseScale('7e7')]).toEqual([7e7, 1.5e9, 7e7]);
    expect(parseScale('large')).toBeNaN();
    const told = new Map([
      ['70M', 18.9e6],
      ['plain.csv', 1e9],
    ]);
    expect(findSize(told, 'x/runs.csv', null, '70M_RP_3')).toBe(18.9e6);
    expect(findSize(told, 'x/3Mix_410M.csv', null, '0')).toBe(410e6);
    expect(findSize(told, 'x/plain.csv', null, '0')).toBe(1e9);
    expect(findSize(told, 'x/runs.csv', 'Qwen2.5-0.5B', 'r')).toBe(5e8);
    expect(findSize(told, 'x/runs.csv', null, 'run 7')).toBeNull();
  });
});
