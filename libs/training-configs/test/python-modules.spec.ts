// The Python that is exported is run, against stand-ins for the trainers' classes: it hands them every location and every
// weight, and does so under names that would break careless Python.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type CanonicalProposal, type ExportOptions, exportProposal, formats } from '../src/index.js';
import { hostileNames, proposalOf } from './hostile-names.js';
import { onePhase } from './sample-proposals.js';

const python = '/usr/bin/python3';
const run = promisify(execFile);
const missing = await run(python, ['-c', 'import dataclasses']).then(
  () => null,
  (error: Error) => error.message,
);
if (missing) console.warn(`${python} cannot be asked: ${missing}`);

const standIns = fileURLToPath(new URL('./stand_ins.py', import.meta.url));

/** Runs the module of an export; `expected` are the sources that it should hand over. */
async function runExport(format: string, proposal: CanonicalProposal, given: ExportOptions = {}) {
  const { files, phases } = exportProposal(proposal, format, { ...formats[format]!.example, ...given, draws: 10 });
  const expected = phases[0]!.domains.map(({ key, amount }) => [key, Number(amount)]);
  const folder = mkdtempSync(join(tmpdir(), 'cuvee-module-'));
  try {
    const path = join(folder, files[0]!.path);
    writeFileSync(path, files[0]!.content);
    const { stdout } = await run(python, [standIns, format, path]);
    return { expected, got: JSON.parse(stdout) as Record<string, unknown> };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without those that are refused: what glob takes for patterns, and what leads out of a folder. */
const names = hostileNames.filter((name) => !/[*?[\]]|(?:^|\/)\.\.(?:\/|$)/.test(name));
const hostile = proposalOf(names.map((name) => [name, 1 / names.length]));

describe.skipIf(missing).each(['torchtitan', 'litgpt', 'tinyllama', 'streaming'])('the module for %s', (format) => {
  it.each([
    ['names as they should be', onePhase()],
    ['hostile names', hostile],
  ])('runs and hands over every source with its weight, with %s', async (_, proposal) => {
    const { expected, got } = await runExport(format, proposal);
    expect(got.sources).toEqual(expected);
  });
});

describe.skipIf(missing)('in Python', () => {
  it('the mixture for TorchTitan is packed before or after it is mixed, as asked', async () => {
    const before = (await runExport('torchtitan', onePhase(), { seed: 7 })).got;
    expect([before.seed, before.packedAfter, new Set(before.packed as boolean[])]).toEqual([7, false, new Set([true])]);
    const after = (await runExport('torchtitan', onePhase(), { mix: 'documents' })).got;
    expect([after.packedAfter, new Set(after.packed as boolean[])]).toEqual([true, new Set([false])]);
  });

  it('the data module for LitGPT passes on the batch size, the seed and the validation data', async () => {
    const { got } = await runExport('litgpt', onePhase(), { seed: 7, valid: '/data/"held out"' });
    expect(got).toMatchObject({ batchSize: 4, seed: 7, valid: '/data/"held out"' });
  });

  it('the streams hold passes or shares, and the size of the epoch with shares alone', async () => {
    const shares = (await runExport('streaming', onePhase(), { split: 'train', epochSize: 5000 })).got;
    expect(shares).toMatchObject({ split: 'train', epochSize: 5000 });
    const { expected, got } = await runExport('streaming', onePhase(), { weights: 'repeat' });
    expect(got).toMatchObject({ split: null, epochSize: null, sources: expected });
  });
});
