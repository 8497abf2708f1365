import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../main.js';

let folder: string;
let stdout: string;
let stderr: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cuvee-export-'));
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const json = (name: string, document: unknown) => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(document));
  return path;
};
const proposal = (document: unknown) => json('p.json', document);
const location = '/data/{domain}_text_document';
const out = () => join(folder, 'out');
const megatron = (document: unknown, ...more: string[]) =>
  main(['export', '--proposal', proposal(document), '--format', 'megatron', '--out', out(), ...more]);
const offline = {
  weights: { web: 0.75, code: 0.25 },
  tokens: { web: 100, code: 100 },
  constraints: { targetTokens: 200 },
  provenance: { seed: 42 },
};
const blend = (file = 'blend.txt') => readFileSync(join(out(), file), 'utf8');

describe('cuvee export', () => {
  it('writes the files of the format and one JSON document with all that is known of them', async () => {
    expect(await megatron(offline, '--location', location, '--json')).toBe(0);
    const printed = JSON.parse(stdout);
    expect(printed.files).toEqual(
      ['blend.txt', 'blend.per-split.json', 'megatron.meta.json'].map((name) => join(out(), name)),
    );
    expect(blend()).toBe('0.750000000000 /data/web_text_document\n0.250000000000 /data/code_text_document\n');
    expect(printed).toMatchObject({ changed: true, mixture: 'proposal', format: 'megatron', unit: 'sequences' });
    expect(printed.phases[0].domains).toMatchObject([
      { domain: 'web', weight: 0.75, realised: 0.75, epochs: 1.5 },
      { domain: 'code', weight: 0.25, realised: 0.25, epochs: 0.5 },
    ]);
    expect(printed.usage.length).toBeGreaterThan(0);
    expect(printed.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    const meta = JSON.parse(blend('megatron.meta.json'));
    expect([meta.hash, meta.createdAt]).toEqual([printed.hash, null]);
    expect(readdirSync(out()).sort()).toEqual(['blend.per-split.json', 'blend.txt', 'megatron.meta.json']);
  });

  it('tells people what the trainer will draw and what to do, and prints the names of the files alone', async () => {
    expect(await megatron(offline, '--location', location)).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(stderr).toMatch(/domain +target +realised +epochs\n/);
    expect(stderr).toMatch(/web +75\.00 % +75\.00 % +1\.50\n/);
    expect(stderr).toContain('- Pass --per-split-data-args-path blend.per-split.json');
  });

  it('reads what the API answers, where the rest lies in the document', async () => {
    const { weights, ...rest } = offline;
    const answer = { id: 'prp_1', hash: 'sha256:ab', createdAt: '2026-01-02T03:04:05.000Z', weights, document: rest };
    expect(await megatron(answer, '--location', location)).toBe(0);
    const meta = JSON.parse(blend('megatron.meta.json'));
    expect(meta).toMatchObject({ proposalId: 'prp_1', hash: 'sha256:ab', createdAt: '2026-01-02T03:04:05.000Z' });
    expect(meta.phases[0].domains).toMatchObject([{ epochs: 1.5 }, { epochs: 0.5 }]);
  });

  it("takes tokens and locations from a corpus file: a domain's own before the corpus' template", async () => {
    const domain = (name: string) => ({ name, source: `${name}.txt`, tokens: 50 });
    const domains = [{ ...domain('web'), locations: { megatron: '/lake/the-web' } }, domain('code')];
    const corpus = json('corpus.json', { name: 'c', locations: { megatron: '/lake/{domain}' }, domains });
    expect(await megatron({ weights: offline.weights }, '--corpus', corpus, '--target-tokens', '200', '--json')).toBe(
      0,
    );
    expect(blend()).toBe('0.750000000000 /lake/the-web\n0.250000000000 /lake/code\n');
    expect(JSON.parse(stdout).phases[0].domains).toMatchObject([{ epochs: 3 }, { epochs: 1 }]);
  });

  it('writes later phases from further files, and removes what the earlier export had and this one has not', async () => {
    expect(await megatron(offline, '--location', location)).toBe(0);
    [stdout, stderr] = ['', ''];
    const later = json('later.json', { id: 'later', weights: { code: 0.5, papers: 0.5 } });
    expect(await megatron(offline, '--location', location, '--then', `anneal=${later}@90%`)).toBe(0);
    expect(blend('phase-1/blend.txt')).toContain('0.750000000000 /data/web_text_document\n');
    expect(blend('phase-2-anneal/blend.txt')).toBe(
      '0.500000000000 /data/code_text_document\n0.500000000000 /data/papers_text_document\n',
    );
    expect(readdirSync(out()).sort()).toEqual(['PHASES.md', 'megatron.meta.json', 'phase-1', 'phase-2-anneal']);
    expect(stderr).toContain(`note: removed, as this export has no such file: ${join(out(), 'blend.txt')}`);
    expect(stderr).toContain('Phase anneal, from 90 % of the run');
    expect(stderr).toContain('Phase 1, from 0 % of the run');
    expect(stderr.match(/the folder of each phase/g)).toHaveLength(1);
    expect(stderr).toMatch(/the folder of each phase:\n- Pass /);
    expect(stderr).toMatch(/And for the phases together:\n- Megatron-LM holds one mixture a run/);
    expect(await megatron(offline, '--location', location)).toBe(0);
    expect(readdirSync(out()).sort()).toEqual(['blend.per-split.json', 'blend.txt', 'megatron.meta.json']);
  });

  it('replaces its own files when the proposal changes, and says nothing on standard output with --if-changed', async () => {
    expect(await megatron(offline, '--location', location)).toBe(0);
    [stdout, stderr] = ['', ''];
    expect(await megatron(offline, '--location', location, '--if-changed')).toBe(0);
    expect([stdout, stderr]).toEqual(['', `unchanged: ${out()} holds this export already\n`]);
    expect(await megatron(offline, '--location', location, '--if-changed', '--json')).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ changed: false, format: 'megatron', phases: [{ name: 'all' }] });
    stdout = '';
    const other = { ...offline, weights: { web: 0.5, code: 0.5 } };
    expect(await megatron(other, '--location', location, '--if-changed')).toBe(0);
    expect(stdout).toContain('blend.txt');
    expect(blend()).toContain('0.500000000000');
  });

  it('writes the proposal unless asked for what its document recommends, and says loudly when they differ', async () => {
    const document = {
      ...offline,
      id: 'prp_1',
      tokens: { web: 100, code: 50 },
      recommended: { mixture: 'best-observed', weights: { web: 0.5, code: 0.5 }, reason: 'a tie' },
    };
    expect(await megatron(document, '--location', location, '--json')).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      mixture: 'proposal',
      recommended: 'best-observed',
      proposalId: 'prp_1',
    });
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      'ATTENTION: these are the weights of the proposal, but its document recommends the best measured mixture. ' +
        '"--recommended" writes that one.',
    );
    [stdout, stderr] = ['', ''];
    expect(await megatron(document, '--location', location, '--json', '--recommended')).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ mixture: 'best-observed', proposalId: 'prp_1:best-observed' });
    expect(stderr).toContain('ATTENTION: these are the weights of the best measured mixture');
    expect(blend()).toContain('0.500000000000 /data/web_text_document\n');
    const meta = JSON.parse(blend('megatron.meta.json'));
    // Passes over the text of the mixture written, not of the proposal.
    expect(meta.phases[0].domains.map(({ epochs }: { epochs: number }) => epochs)).toEqual([1, 2]);
  });

  it('says nothing where the proposal itself is recommended, and refuses --recommended where nothing is', async () => {
    const recommended = { mixture: 'proposal', weights: offline.weights, reason: 'the gain' };
    expect(await megatron({ ...offline, recommended }, '--location', location, '--recommended')).toBe(0);
    expect(stderr).not.toContain('ATTENTION');
    expect(await megatron(offline, '--location', location, '--recommended')).toBe(2);
    expect(stderr).toContain('the document recommends no mixture');
  });

  it.each([
    ['no location', offline, [], /"web".* --location/],
    ['a location with a blank', offline, ['--location', '/my data/{domain}'], /white space/],
    ['one location for all', offline, ['--location', '/data'], /"web" and "code" have the same location/],
    ['weights that sum to 1.2', { weights: { web: 0.7, code: 0.5 } }, ['--location', location], /sum to 1\.2/],
    ['no proposal', { rows: [] }, ['--location', location], /no `weights`/],
    ['an option with a bad value', offline, ['--location', location, '--draws', '0'], /--draws must be .*"0"/],
    ['a phase without a start', offline, ['--location', location, '--then', 'p.json'], /\[name=\]proposal@start/],
    ['a folder without a name', offline, ['--location', location, '--out', ''], /--out.* must name a folder/],
    ['too many passes', offline, ['--location', location, '--max-epochs', '1'], /above the cap.* --max-epochs/],
  ])('ends with 2 and writes nothing for %s', async (_, document, more, message) => {
    expect(await megatron(document, ...more)).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(readdirSync(folder)).toEqual(['p.json']);
  });

  it('refuses an option that the format lacks, with those it has', async () => {
    const args = ['export', '--proposal', proposal(offline), '--format', 'csv', '--out', out(), '--location', 'x'];
    expect(await main(args)).toBe(2);
    expect(stderr).toContain('the format csv has no option --location; it has --target-tokens, --max-epochs,');
  });

  it('ends with 2 for an unknown format and for a file that is not there', async () => {
    expect(await main(['export', '--proposal', proposal(offline), '--format', 'none', '--out', out()])).toBe(2);
    expect(await main(['export', '--proposal', join(folder, 'absent.json'), '--format', 'csv', '--out', out()])).toBe(
      2,
    );
  });
});
