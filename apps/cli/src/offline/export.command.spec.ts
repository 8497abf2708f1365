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

const proposal = (document: unknown) => {
  const path = join(folder, 'p.json');
  writeFileSync(path, JSON.stringify(document));
  return path;
};
const prefix = '/data/{domain}_text_document';
const out = () => join(folder, 'out');
const megatron = (document: unknown, ...more: string[]) =>
  main(['export', '--proposal', proposal(document), '--format', 'megatron', '--out', out(), ...more]);
const offline = { weights: { web: 0.75, code: 0.25 }, epochs: { web: 1.5, code: 0.5 }, provenance: { seed: 42 } };

describe('cuvee export', () => {
  it('writes the files of the format and one JSON document on standard output', async () => {
    expect(await megatron(offline, '--prefix', prefix, '--json')).toBe(0);
    const printed = JSON.parse(stdout);
    expect(printed.files).toEqual(
      ['blend.txt', 'blend.per-split.json', 'blend.meta.json'].map((name) => join(out(), name)),
    );
    expect(readFileSync(printed.files[0], 'utf8')).toBe(
      '0.750000000000 /data/web_text_document\n0.250000000000 /data/code_text_document\n',
    );
    const meta = JSON.parse(readFileSync(printed.files[2], 'utf8'));
    expect(meta.domains.map(({ epochs }: { epochs: number }) => epochs)).toEqual([1.5, 0.5]);
    expect(meta.hash).toBe(printed.hash);
    expect(printed.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(readdirSync(out()).sort()).toEqual(['blend.meta.json', 'blend.per-split.json', 'blend.txt']);
  });

  it('reads what the API answers, where the epochs lie in the document', async () => {
    const { weights, epochs } = offline;
    expect(
      await megatron({ id: 'prp_1', hash: 'sha256:ab', weights, document: { epochs } }, '--prefix', prefix, '--json'),
    ).toBe(0);
    const meta = JSON.parse(readFileSync(join(out(), 'blend.meta.json'), 'utf8'));
    expect(meta).toMatchObject({ proposalId: 'prp_1', hash: 'sha256:ab', domains: [{ epochs: 1.5 }, { epochs: 0.5 }] });
  });

  it('takes locations from a corpus file', async () => {
    const corpus = join(folder, 'corpus.json');
    const domain = (name: string) => ({
      name,
      source: `${name}.txt`,
      tokens: 10,
      locations: { megatron: `/lake/${name}` },
    });
    writeFileSync(corpus, JSON.stringify({ name: 'c', domains: [domain('web'), domain('code')] }));
    expect(await megatron(offline, '--corpus', corpus)).toBe(0);
    expect(readFileSync(join(out(), 'blend.txt'), 'utf8')).toContain('0.750000000000 /lake/web\n');
  });

  it('replaces an existing file only with --force, unless nothing changes', async () => {
    expect(await megatron(offline, '--prefix', prefix)).toBe(0);
    expect(await megatron(offline, '--prefix', prefix)).toBe(0);
    const other = { ...offline, weights: { web: 0.5, code: 0.5 } };
    expect(await megatron(other, '--prefix', prefix)).toBe(2);
    expect(readFileSync(join(out(), 'blend.txt'), 'utf8')).toContain('0.750000000000');
    expect(await megatron(other, '--prefix', prefix, '--force')).toBe(0);
    expect(readFileSync(join(out(), 'blend.txt'), 'utf8')).toContain('0.500000000000');
  });

  it('writes the proposal unless asked for what its document recommends, and says loudly when they differ', async () => {
    const document = {
      ...offline,
      id: 'prp_1',
      tokens: { web: 100, code: 50 },
      constraints: { targetTokens: 200 },
      recommended: { mixture: 'best-observed', weights: { web: 0.5, code: 0.5 }, reason: 'a tie' },
    };
    expect(await megatron(document, '--prefix', prefix, '--json')).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      mixture: 'proposal',
      recommended: 'best-observed',
      proposalId: 'prp_1',
    });
    expect(stderr).toContain(
      'ATTENTION: these are the weights of the proposal, but its document recommends the best measured mixture. ' +
        '"--recommended" writes that one.',
    );
    [stdout, stderr] = ['', ''];
    expect(await megatron(document, '--prefix', prefix, '--json', '--recommended', '--force')).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ mixture: 'best-observed', proposalId: 'prp_1:best-observed' });
    expect(stderr).toContain('ATTENTION: these are the weights of the best measured mixture');
    expect(readFileSync(join(out(), 'blend.txt'), 'utf8')).toContain('0.500000000000 /data/web_text_document\n');
    const meta = JSON.parse(readFileSync(join(out(), 'blend.meta.json'), 'utf8'));
    // Passes over the text of the mixture written, not of the proposal.
    expect(meta.domains.map(({ epochs }: { epochs: number }) => epochs)).toEqual([1, 2]);
  });

  it('says nothing where the proposal itself is recommended, and refuses --recommended where nothing is', async () => {
    const recommended = { mixture: 'proposal', weights: offline.weights, reason: 'the gain' };
    expect(await megatron({ ...offline, recommended }, '--prefix', prefix, '--recommended')).toBe(0);
    expect(stderr).not.toContain('ATTENTION');
    expect(await megatron(offline, '--prefix', prefix, '--recommended')).toBe(2);
    expect(stderr).toContain('the document recommends no mixture');
  });

  it.each([
    ['no location', offline, [], /"web".*--prefix/],
    ['a prefix with a blank', offline, ['--prefix', '/my data/{domain}'], /white space/],
    ['weights that sum to 1.2', { weights: { web: 0.7, code: 0.5 } }, ['--prefix', prefix], /sum to 1\.2/],
    ['no proposal', { rows: [] }, ['--prefix', prefix], /no `weights`/],
  ])('ends with 2 and writes nothing for %s', async (_, document, more, message) => {
    expect(await megatron(document, ...more)).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(readdirSync(folder)).toEqual(['p.json']);
  });

  it('ends with 2 for an unknown format and for a file that is not there', async () => {
    expect(await main(['export', '--proposal', proposal(offline), '--format', 'none', '--out', out()])).toBe(2);
    expect(await main(['export', '--proposal', join(folder, 'absent.json'), '--format', 'csv', '--out', out()])).toBe(
      2,
    );
  });
});
