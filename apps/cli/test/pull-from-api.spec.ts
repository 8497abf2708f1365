// What the two sides of an export agree on: options in the query, the tag of a folder, phases, and who is at fault.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withApi } from '../../api/test/harness.js';
import { type PlantedProposal, plantProposal } from '../../api/test/plant-proposal.js';
import { runMain } from './run-main.js';

const api = withApi();
let planted: PlantedProposal;
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'cuvee-pull-api-'));
  const natural = {
    recommended: 'natural',
    weights: { web: 0.6, code: 0.3, books: 0.1 },
    statement: 'It won.',
  } as const;
  planted = await plantProposal(api.store, { confirmation: natural, sweep: { id: 'swp_pulled' } });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const pull = (id: string, out: string, ...more: string[]) =>
  runMain(['pull', id, '--out', join(root, out), '--url', api.url, ...more]);

describe('cuvee pull from the service', () => {
  it('knows a folder that holds the export already by its files alone, and one that does not', async () => {
    const megatron = ['--format', 'megatron', '--location', '/d/{domain}', '--valid', '/d/v1', '/d/v2'];
    const { id } = planted.proposal;
    const first = await pull(id, 'a', ...megatron, '--if-changed');
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain('ATTENTION');
    expect(readFileSync(join(root, 'a/blend.per-split.json'), 'utf8')).toContain('"valid": ["/d/v1","/d/v2"]');
    expect(await pull(id, 'a', ...megatron, '--if-changed')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `unchanged: ${join(root, 'a')} holds this export already\n`,
    });
    const recommended = await pull(planted.sweep.id, 'a', ...megatron, '--if-changed', '--json');
    expect(recommended.code, recommended.stderr).toBe(0);
    expect(JSON.parse(recommended.stdout)).toMatchObject({ changed: true, mixture: 'natural', proposalId: null });
    expect(readFileSync(join(root, 'a/blend.txt'), 'utf8')).toContain('0.600000000000 /d/web\n');
  });

  it('takes a later phase from another proposal or sweep', async () => {
    const { proposal, sweep } = planted;
    const args = ['--format', 'megatron', '--location', '/d/{domain}', '--train-steps', '1000'];
    const pulled = await pull(proposal.id, 'b', ...args, '--then', `anneal=${sweep.id}@90%`);
    expect(pulled.code, pulled.stderr).toBe(0);
    expect(readdirSync(join(root, 'b')).sort()).toEqual([
      'PHASES.md',
      'megatron.meta.json',
      'phase-1',
      'phase-2-anneal',
    ]);
    expect(readFileSync(join(root, 'b/phase-2-anneal/blend.txt'), 'utf8')).toContain('0.600000000000 /d/web\n');
  });

  it.each([
    ['a location that is missing', ['--format', 'megatron'], /in --location, such as/],
    ['an option with a bad value', ['--format', 'json', '--draws', 'many'], /--draws must be a whole number.*"many"/],
    ['a phase that begins at the end', ['--format', 'json', '--then', 'prp_x@1.0'], /prp_x|\[0, 1\)/],
  ])('ends with 2 and writes nothing for %s, in the words of the flags', async (_, args, message) => {
    const { code, stdout, stderr } = await pull(planted.proposal.id, 'c', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(readdirSync(root)).not.toContain('c');
  });
});
