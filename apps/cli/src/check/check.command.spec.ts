import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { baselineSchema } from '#libs/contracts';
import { runMain } from '../../test/run-main.js';

const corpus = fileURLToPath(new URL('../../../../examples/export/corpus.json', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cuvee-check-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const check = (path: string, ...more: string[]) => runMain(['check', '--format', 'megatron', path, ...more]);
const withCorpus = ['--corpus', corpus, '--location', '/data/{domain}'];

describe('cuvee check', () => {
  it('says what the trainer would draw: weight as read, share, share of the tokens, realised, epochs', async () => {
    const path = file('blend.txt', '6 /data/web 3 /data/code 1 /data/papers\n');
    const { code, stdout } = await check(path, ...withCorpus, '--target-tokens', '2e9');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Megatron-LM can use blend\.txt\.\n/);
    expect(stdout).toMatch(/source +domain +weight +share +of the tokens +realised +epochs\n/);
    expect(stdout).toMatch(/\/data\/papers +papers +1 +10\.00 % +10\.00 % +10\.00 % +1\.00\n/);
    expect(stdout).toContain("realised: 10,000 draws of the trainer's sampler");
  });

  it('ends with 2 for a file that the trainer would misread, errors first, and still says what it would do', async () => {
    const path = file('blend.txt', '0.7 /data/web.bin x /data/code\n');
    const { code, stdout } = await check(path);
    expect(code).toBe(2);
    const levels = [...stdout.matchAll(/^(error|warning|note): /gm)].map(([, level]) => level);
    expect(levels[0]).toBe('error');
    expect(levels).toEqual([...levels].sort());
    expect(stdout).toMatch(/^Megatron-LM cannot use blend\.txt as it stands\.\n/);
    expect(stdout).toMatch(/0\.7 +none\n/);
  });

  it('reads standard input for "-", and prints the whole report with --json', async () => {
    const input = Object.assign(Readable.from(['0.5 /data/web 0.5 /data/code\n']), { setEncoding: () => {} });
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
    const { code, stdout } = await check('-', '--json', ...withCorpus);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      usable: true,
      path: 'standard input',
      phases: [{ sources: [{ key: '/data/web', domain: 'web', amount: 0.5, tokenShare: 0.5 }, { domain: 'code' }] }],
    });
  });

  it('keeps to the largest of many sources', async () => {
    const many = Array.from({ length: 300 }, (_, i) => `${i + 1} /data/domain-${i}`).join('\n');
    const { stdout } = await check(file('blend.txt', many));
    expect(stdout.match(/^\/data\//gm)).toHaveLength(8);
    expect(stdout).toContain('and 292 more sources: --json lists all');
  });

  it('says what is missing for shares of the tokens, and nothing of draws that it does not show', async () => {
    const path = file('data.yaml', 'data: {root_dir: /data, sources: {web: 0.5, code: 0.5}}\n');
    const bare = (await runMain(['check', '--format', 'lingua', path])).stdout.replace(/\s+/g, ' ');
    expect(bare).toContain('Shares of the tokens need the tokens and documents of every domain: give --corpus.');
    expect(bare).not.toContain('realised');
    const { stdout } = await runMain(['check', '--format', 'lingua', path, '--corpus', corpus]);
    expect(stdout).toMatch(/of the tokens +realised/);
    expect(stdout).not.toContain('give --corpus');
  });

  it('sees a byte order mark, which Megatron-LM would take for part of the first weight', async () => {
    const { code, stdout } = await check(file('blend.txt', '\ufeff0.5 /data/web 0.5 /data/code\n'));
    expect(code).toBe(2);
    expect(stdout).toContain('error: the file: begins with a byte order mark');
  });

  it('names the line where YAML goes wrong, once', async () => {
    const path = file('open.yaml', 'data:\n  sources: {web: 0.5\n  root_dir: /data\n');
    const { stdout } = await runMain(['check', '--format', 'lingua', path]);
    expect(stdout).toMatch(/error: line \d: is no YAML: .*[^:]\n/);
    expect(stdout).not.toMatch(/at line|column/);
  });

  it.each([
    ['a file that is not there', ['check', 'absent.txt', '--format', 'megatron'], /cannot read absent\.txt/],
    [
      'an option that the format lacks',
      ['check', corpus, '--format', 'csv', '--location', 'x'],
      /has no option --location/,
    ],
  ])('ends with 2 for %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runMain(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

describe('cuvee mixture', () => {
  const mixture = (path: string, ...more: string[]) =>
    runMain(['mixture', '--format', 'megatron', path, '--corpus', corpus, ...more]);

  it('prints the body of a baseline: token shares of every domain of the corpus', async () => {
    const path = file('ours.txt', '3 /data/web 1 /data/code\n');
    const { code, stdout, stderr } = await mixture(path, '--location', '/data/{domain}', '--name', 'last year');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ name: 'last year', weights: { web: 0.75, code: 0.25, papers: 0 } });
    expect(baselineSchema.safeParse(JSON.parse(stdout)).error).toBeUndefined();
    expect(stderr).toBe('note: not in the file, so with weight 0: "papers"\n');
  });

  it('is called what the file is called, and undoes the unit: documents drawn become shares of tokens', async () => {
    const proposal = join(folder, 'p.json');
    writeFileSync(proposal, JSON.stringify({ weights: { web: 0.6, code: 0.3, papers: 0.1 } }));
    const out = ['--out', folder, '--location', '{domain}'];
    const args = ['--proposal', proposal, '--corpus', corpus, '--format', 'lingua', ...out];
    const exported = await runMain(['export', ...args]);
    expect(exported.code, exported.stderr).toBe(0);
    const { stdout } = await runMain(['mixture', join(folder, 'data.yaml'), '--format', 'lingua', '--corpus', corpus]);
    expect(JSON.parse(stdout)).toEqual({ name: 'data.yaml', weights: { web: 0.6, code: 0.3, papers: 0.1 } });
  });

  it.each([
    ['a source that the corpus lacks', '1 /x/web', /no domain for "\/x\/web"/],
    ['a file without weights', '/data/web /data/code', /gives "\/data\/web" no weight/],
  ])('ends with 2 for %s', async (_, content, message) => {
    const { code, stdout, stderr } = await mixture(file('b.txt', content), '--location', '/data/{domain}');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('wants to know which phase counts where the file has several', async () => {
    const stage = (name: string, start: number, weight: string) =>
      `  - name: ${name}\n    start_training_step: ${start}\n    data:\n      seed: 1\n      num_loading_workers: 1\n` +
      `      dataset:\n        dataset_folder: [web, code]\n        dataset_weights: [${weight}, 0.5]\n`;
    const path = file('run.yaml', `data_stages:\n${stage('stable', 1, '0.5')}${stage('decay', 100, '1.5')}`);
    const args = ['mixture', path, '--format', 'nanotron', '--corpus', corpus];
    const refused = await runMain(args);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'cuvee: run.yaml has 2 phases: choose one of stable, decay (--phase)\n',
    ]);
    const { stdout, stderr } = await runMain([...args, '--phase', 'decay']);
    expect(stdout, stderr).toContain('"name": "run.yaml, decay"');
    expect(JSON.parse(stdout).weights).toEqual({ web: 0.75, code: 0.25, papers: 0 });
  });
});
