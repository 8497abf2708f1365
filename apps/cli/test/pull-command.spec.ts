import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeApi, fakeConfirmation, fakeDocument, fakeSweep } from './fake-api.js';
import { runMain } from './run-main.js';

let api: FakeApi | undefined;
afterEach(() => api?.stop());

const exported = {
  format: 'json',
  files: [{ path: 'mixture.json', content: '{"from":"api"}\n' }],
  warnings: ['a warning'],
};
const proposal = {
  id: 'prp_1',
  sweepId: 'swp_1',
  fitId: 'fit_1',
  hash: 'h',
  createdAt: 'now',
  weights: { web: 0.5, code: 0.5 },
  document: fakeDocument('proposal'),
};
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

async function serve(recommended: 'proposal' | 'natural' | null, byFit: 'proposal' | 'best-observed' = 'proposal') {
  api = await FakeApi.start({
    'GET /v1/proposals/prp_1': () => ({ ...proposal, document: fakeDocument(byFit) }),
    'GET /v1/proposals/prp_1/export': () => exported,
    'GET /v1/corpora/cor_1': () => corpus,
    'GET /v1/sweeps/swp_1': () =>
      fakeSweep({
        state: 'completed',
        proposalId: 'prp_1',
        confirmation: recommended === null ? null : fakeConfirmation(recommended),
      }),
  });
  return api;
}

const folder = () => mkdtempSync(join(tmpdir(), 'cuvee-pull-'));

describe('cuvee pull', () => {
  it('writes what the API exported and lists the files', async () => {
    const { url } = await serve('proposal');
    const out = folder();
    const args = ['pull', 'prp_1', '--format', 'json', '--out', out, '--prefix', '/d/{domain}', '--valid', 'a', 'b'];
    const { code, stdout, stderr } = await runMain([...args, '--json', '--url', url]);
    expect(code).toBe(0);
    expect(readFileSync(join(out, 'mixture.json'), 'utf8')).toBe('{"from":"api"}\n');
    expect(readdirSync(out)).toEqual(['mixture.json']);
    expect(JSON.parse(stdout)).toMatchObject({ mixture: 'proposal', files: [join(out, 'mixture.json')] });
    expect(stderr).toBe('note: a warning\n');
    const { query } = api?.requests.find(({ path }) => path.endsWith('/export')) ?? { query: new URLSearchParams() };
    expect([query.get('format'), query.get('prefix'), query.getAll('valid')]).toEqual([
      'json',
      '/d/{domain}',
      ['a', 'b'],
    ]);
  });

  it('keeps a file that differs unless --force is given', async () => {
    const { url } = await serve('proposal');
    const out = folder();
    writeFileSync(join(out, 'mixture.json'), 'mine');
    const args = ['pull', 'prp_1', '--format', 'json', '--out', out, '--url', url];
    expect((await runMain(args)).code).toBe(2);
    expect(readFileSync(join(out, 'mixture.json'), 'utf8')).toBe('mine');
    expect((await runMain([...args, '--force'])).code).toBe(0);
    expect((await runMain(args)).code).toBe(0);
    expect(readFileSync(join(out, 'mixture.json'), 'utf8')).toBe('{"from":"api"}\n');
  });

  it("writes a sweep's recommended mixture, and says loudly when that is not the proposal", async () => {
    const { url } = await serve('natural');
    const out = folder();
    const { code, stderr } = await runMain(['pull', 'swp_1', '--format', 'csv', '--out', out, '--url', url]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      'ATTENTION: these are the weights of the natural mixture, not of the proposal. The statement.',
    );
    const [file] = readdirSync(out);
    expect(readFileSync(join(out, file ?? ''), 'utf8')).toMatch(/web,0\.75/);
  });

  it('warns about a proposal that nothing has confirmed, and about one that lost', async () => {
    const unconfirmed = await serve(null);
    const first = await runMain(['pull', 'prp_1', '--format', 'json', '--out', folder(), '--url', unconfirmed.url]);
    expect(first.stderr).toContain('ATTENTION: no confirmation run has tested this proposal yet');
    await unconfirmed.stop();
    const { url } = await serve('natural');
    const second = await runMain(['pull', 'prp_1', '--format', 'json', '--out', folder(), '--url', url]);
    expect(second.stderr).toContain('recommend the natural mixture instead of this proposal');
  });

  it('follows the document where no confirmation run has been made, as loudly', async () => {
    const { url } = await serve(null, 'best-observed');
    const out = folder();
    const sweep = await runMain(['pull', 'swp_1', '--format', 'csv', '--out', out, '--url', url]);
    expect(sweep.stderr).toContain(
      'ATTENTION: these are the weights of the best observed mixture, not of the proposal. No confirmation run has ' +
        'tested either; the fit says: the predicted gain says so',
    );
    const [file] = readdirSync(out);
    expect(readFileSync(join(out, file ?? ''), 'utf8')).toMatch(/web,0\.5/);
    const asked = await runMain(['pull', 'prp_1', '--format', 'json', '--out', folder(), '--url', url]);
    expect(asked.stderr).toContain('its document recommends the best observed mixture instead of this proposal');
  });

  it('fails when the sweep has no proposal yet', async () => {
    api = await FakeApi.start({ 'GET /v1/sweeps/swp_1': () => fakeSweep() });
    const { code, stderr } = await runMain(['pull', 'swp_1', '--format', 'json', '--out', folder(), '--url', api.url]);
    expect([code, stderr]).toEqual([1, 'cuvee: sweep swp_1 has no proposal yet (it is running)\n']);
  });
});
