// npm test: on a fresh clone installs and builds first, then lint, types and every test. `npm test -- <path>` runs
// the tests of that path alone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './checkout.mjs';

const chosen = process.argv.slice(2);
ensureInstalled();
ensureBuilt();

const bin = (...path) => join(root, 'node_modules', ...path);
const steps = chosen.length
  ? []
  : [
      ['format and lint', bin('@biomejs', 'biome', 'bin', 'biome'), ['check', '.']],
      [
        'boundaries',
        bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
        ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'gpu-workers'],
      ],
      ['dead code', bin('knip', 'bin', 'knip.js'), []],
      ['types', bin('typescript', 'bin', 'tsc'), ['-p', 'tsconfig.json', '--noEmit']],
    ];
let failedSteps = 0;
for (const [name, script, args] of steps) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${name.padEnd(16)} ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`);
  if (status !== 0) {
    failedSteps++;
    process.stdout.write(`${stdout ?? ''}${stderr ?? ''}\n`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'cuvee-test-'));
const report = join(folder, 'report.json');
const vitest = spawnSync(
  process.execPath,
  [
    bin('vitest', 'vitest.mjs'),
    'run',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${report}`,
    '--silent=passed-only',
    ...chosen,
  ],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' },
  },
);
process.stdout.write(`${countTests(report, vitest.status)}\n`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = failedSteps > 0 ? 1 : (vitest.status ?? 1);

/** "N passed, N failed", and ", N skipped" where there are any. */
function countTests(path, status) {
  const result = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
  const passed = result?.numPassedTests ?? 0;
  const skipped = (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
  // A file that could not be loaded has no tests to count, and an error outside of any test fails the run too.
  const broken = (result?.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const counted = (result?.numFailedTests ?? 0) + broken.length;
  const failed = counted === 0 && status !== 0 ? 1 : counted;
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
