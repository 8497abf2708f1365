// Every format writes exactly the files that stand in its folder, which were read against the trainer's source once.
// UPDATE_GOLDEN=1 writes them anew and removes those that no longer belong.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportProposal, formatNames, formats } from '../src/index.js';
import { leastWeightOf } from './format-limits.js';
import { goldenFolder } from './golden-folder.js';
import { onePhase, twoPhases } from './sample-proposals.js';

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .sort()
    : [];

describe.each(formatNames)('%s', (name) => {
  it.each([
    ['one-phase', onePhase],
    ['two-phases', twoPhases],
  ])('writes exactly the golden files of %s', (which, proposal) => {
    const folder = join(goldenFolder(name), which);
    const { files } = exportProposal(proposal(leastWeightOf(name)), name, formats[name]!.example);
    if (process.env.UPDATE_GOLDEN) {
      rmSync(folder, { recursive: true, force: true });
      for (const { path, content } of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
    }
    expect(filesIn(folder)).toEqual(files.map(({ path }) => path).sort());
    for (const { path, content } of files) expect(content, path).toBe(readFileSync(join(folder, path), 'utf8'));
  });
});
