// Builds dist/ with nothing but what `npm ci` installed; runs at `npm ci` (prepare) and, where scripts are
// blocked, at the first `npx cuvee`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

function run(script, args, env = {}) {
  try {
    execFileSync(process.execPath, [script, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? ''}`);
    throw new Error(`${script} ${args.join(' ')} failed`, { cause: error });
  }
}

let failed = false;
const fresh = mkdtempSync(join(root, 'node_modules', '.cuvee-build-'));
try {
  // Generating the client needs no schema engine, but Prisma looks for one and would try to download it:
  // naming any existing executable keeps the build offline.
  run(join(dirname(require.resolve('prisma/package.json')), 'build', 'index.js'), ['generate'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  run(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(fresh, 'new')]);
  // Built beside the old one, then put in its place: a build that fails never leaves half a dist/.
  const dist = join(root, 'dist');
  if (existsSync(dist)) renameSync(dist, join(fresh, 'old'));
  renameSync(join(fresh, 'new'), dist);
} catch (error) {
  failed = true;
  process.stderr.write(`build: ${error.message}\n`);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
if (failed) process.exit(1);
