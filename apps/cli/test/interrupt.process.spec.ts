import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OfflineFolder } from './offline-runs.js';

const launcher = fileURLToPath(new URL('../bin/cuvee.js', import.meta.url));

let folder: OfflineFolder;
beforeEach(async () => {
  folder = await OfflineFolder.create();
});
afterEach(() => folder.remove());

describe('Ctrl-C during a fit', () => {
  it('ends it at once with one clear line, exit code 130 and nothing written', async () => {
    // Many targets, so that the fit is under way for long after the first of them.
    const targets = Array.from({ length: 40 }, (_, i) => `t${i}`);
    const files = await folder.runs(150, (_, losses) => {
      losses[0]!.push(...targets);
      for (const row of losses.slice(1)) row.push(...targets.map((_, i) => (Number(row[1]) * (1 + i)).toFixed(6)));
    });
    const saved = folder.at('fit.json');
    const child = spawn(process.execPath, [launcher, 'fit', ...files, '--save', saved, '--json']);
    let [stdout, stderr, interrupted] = ['', '', 0];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      if (interrupted > 0 || !stderr.includes('fitted ')) return;
      interrupted = Date.now();
      child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(Date.now() - interrupted).toBeLessThan(5000);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/\ncuvee: interrupted; nothing was written\n$/);
    expect(stderr).not.toContain('(42 of 42)');
    expect(existsSync(saved)).toBe(false);
  });
});
