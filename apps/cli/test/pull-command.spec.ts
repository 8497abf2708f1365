import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExportResponse } from '#libs/contracts';
import { canonicalProposal, exportProposal, exportTag } from '#libs/training-configs';
import { FakeApi, sendProblem } from './fake-api.js';
import { runMain } from './run-main.js';

let api: FakeApi;
let out: string;
/** What the service holds now. */
let web: number;
let attention: string | null;

beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), 'cuvee-pull-'));
  web = 0.75;
  attention = null;
  const answer: Parameters<typeof FakeApi.start>[0][string] = ({ query, path, headers }, response) => {
    const weights = { web, code: 1 - web };
    const proposalId = path.includes('/sweeps/') ? null : 'prp_1';
    const canonical = canonicalProposal({ id: 'prp_1', weights, tokens: { web: 100, code: 100 }, targetTokens: 100 });
    const { files, ...rest } = exportProposal(canonical, query.get('format')!, { location: query.get('location')! });
    const etag = `"${exportTag(files)}"`;
    if (headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
    response.setHeader('etag', etag);
    const mixture = proposalId === null ? 'natural' : 'proposal';
    return { ...rest, files, sweepId: 'swp_1', proposalId, mixture, attention } satisfies Record<
      keyof ExportResponse,
      unknown
    >;
  };
  api = await FakeApi.start({
    'GET /v1/proposals/prp_1/export': answer,
    'GET /v1/sweeps/swp_1/export': answer,
    'GET /v1/sweeps/swp_2/export': (_, response) =>
      sendProblem(response, 409, 'state-conflict', 'Sweep swp_2 has no proposal yet (it is running).'),
    'GET /v1/proposals/prp_3/export': (_, response) =>
      sendProblem(response, 422, 'location-missing', 'megatron needs the option "location"; or lower targetTokens'),
    'GET /v1/proposals/prp_4/export': (_, response) => response.writeHead(502).end('bad gateway'),
  });
});
afterEach(async () => {
  rmSync(out, { recursive: true, force: true });
  await api.stop();
});

const pull = (id: string, ...more: string[]) =>
  runMain(['pull', id, '--format', 'megatron', '--out', out, '--location', '/d/{domain}', '--url', api.url, ...more]);
const blend = () => readFileSync(join(out, 'blend.txt'), 'utf8');

describe('cuvee pull', () => {
  it('writes what the API exported, lists the files, and says what the trainer will draw', async () => {
    const { code, stdout, stderr } = await pull('prp_1');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(
      ['blend.txt', 'blend.per-split.json', 'megatron.meta.json'].map((name) => join(out, name)),
    );
    expect(blend()).toBe('0.750000000000 /d/web\n0.250000000000 /d/code\n');
    expect(stderr).toMatch(/web +75\.00 % +75\.00 % +0\.75\n/);
    expect(stderr).not.toContain('ATTENTION');
  });

  it('sends the options of the format and the later phases, and prints one document with --json', async () => {
    const { code, stdout } = await pull(
      'prp_1',
      ...['--valid', '/d/v1', '/d/v2', '--draws', '100', '--then', 'anneal=prp_2@0.9', 'prp_3@95%', '--json'],
      ...['--corpus', 'crp_2'],
    );
    expect(code).toBe(0);
    const { query } = api.requests[0]!;
    const keys = ['corpus', 'draws', 'format', 'location', 'then', 'then', 'valid', 'valid'];
    expect([...query.keys()].sort()).toEqual(keys);
    expect([query.getAll('valid'), query.get('draws'), query.get('corpus')]).toEqual([
      ['/d/v1', '/d/v2'],
      '100',
      'crp_2',
    ]);
    expect(query.getAll('then')).toEqual(['anneal=prp_2@0.9', 'prp_3@95%']);
    expect(JSON.parse(stdout)).toMatchObject({
      changed: true,
      mixture: 'proposal',
      proposalId: 'prp_1',
      sweepId: 'swp_1',
      attention: null,
      unit: 'sequences',
      files: [join(out, 'blend.txt'), join(out, 'blend.per-split.json'), join(out, 'megatron.meta.json')],
      phases: [{ domains: [{ domain: 'web', realised: 0.75 }, { domain: 'code' }] }],
    });
  });

  it("asks for a sweep's recommended mixture by the sweep's id, and prints loudly what must not be overlooked", async () => {
    attention = 'these are the weights of the natural mixture, not of the proposal.';
    const { code, stdout, stderr } = await pull('swp_1', '--json');
    expect(code).toBe(0);
    expect(api.requests[0]!.path).toBe('/v1/sweeps/swp_1/export');
    expect(stderr).toMatch(/^\n {2}ATTENTION: /);
    expect(stderr.replace(/\s+/g, ' ')).toContain(`ATTENTION: ${attention} `);
    expect(JSON.parse(stdout)).toMatchObject({ mixture: 'natural', proposalId: null, attention });
  });

  it('wraps what must not be overlooked, and keeps a command to copy on one line', async () => {
    const command = '"cuvee pull swp_4a1396b194784f8689e2"';
    for (let words = 10; words < 20; words++) {
      attention = `${'these are '.repeat(words)}weights. ${command} writes the recommended one.`;
      const { stderr } = await pull('swp_1', '--force');
      expect(stderr).toContain(command);
      for (const line of stderr.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it('with --if-changed asks by the digest of the folder, and leaves what is still right', async () => {
    expect((await pull('prp_1', '--if-changed')).stdout).toContain('blend.txt');
    expect(api.requests[0]!.headers['if-none-match']).toBeUndefined();
    const before = statSync(join(out, 'blend.txt')).ino;
    const { code, stdout, stderr } = await pull('prp_1', '--if-changed');
    expect([code, stdout, stderr]).toEqual([0, '', `unchanged: ${out} holds this export already\n`]);
    expect(statSync(join(out, 'blend.txt')).ino).toBe(before);
    const asked = await pull('prp_1', '--if-changed', '--json');
    expect(JSON.parse(asked.stdout)).toEqual({
      changed: false,
      format: 'megatron',
      proposalId: 'prp_1',
      files: ['blend.txt', 'blend.per-split.json', 'megatron.meta.json'].map((name) => join(out, name)),
    });
    web = 0.5;
    expect((await pull('prp_1', '--if-changed')).stdout).toContain('blend.txt');
    expect(blend()).toContain('0.500000000000 /d/web');
  });

  it('sees that a file was edited: it is fetched again, and replaced with --force alone', async () => {
    await pull('prp_1');
    writeFileSync(join(out, 'blend.txt'), '1.0 /d/mine\n');
    const refused = await pull('prp_1', '--if-changed');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toBe(
      `cuvee: ${join(out, 'blend.txt')} has been edited since Cuvée wrote it: --force replaces it, and another --out leaves what is there\n`,
    );
    expect(blend()).toBe('1.0 /d/mine\n');
    expect((await pull('prp_1', '--if-changed', '--force')).code).toBe(0);
    expect(blend()).toContain('0.750000000000');
  });

  it('keeps a file that it did not write unless --force is given', async () => {
    writeFileSync(join(out, 'blend.txt'), 'mine');
    expect((await pull('prp_1')).code).toBe(2);
    expect(readdirSync(out)).toEqual(['blend.txt']);
    expect((await pull('prp_1', '--force')).code).toBe(0);
    expect((await pull('prp_1')).code).toBe(0);
  });

  it.each([
    ['a sweep without a proposal yet, which can be asked again', 'swp_2', 1, /swp_2 has no proposal yet/],
    ['a service that is in trouble', 'prp_4', 1, /answered 502/],
    ['what the service refuses, in the words of the flags', 'prp_3', 2, /needs --location; or lower --target-tokens\n/],
    ['an id that nobody has', 'prp_5', 2, /There is no/],
  ])('says so and writes nothing for %s', async (_, id, expected, message) => {
    const { code, stdout, stderr } = await pull(id);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(message);
    expect(readdirSync(out)).toEqual([]);
  });

  it('fails with 1 when nobody answers, and with 2 for a later phase that makes no sense', async () => {
    const phase = await pull('prp_1', '--then', 'prp_2');
    expect([phase.code, phase.stderr]).toEqual([2, expect.stringContaining('[name=]proposal@start')]);
    expect(api.requests).toEqual([]);
    const url = 'http://127.0.0.1:1';
    const { code, stderr } = await pull('prp_1', '--url', url);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`no Cuvée API answers at ${url}`)]);
  });
});
