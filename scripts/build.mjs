// Builds dist/ with nothing but what `npm ci` installed; runs at `npm ci` (prepare) and, where scripts are
// blocked, at the first `npx cuvee`.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
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
    process.stderr.write(`build: ${script} ${args.join(' ')} failed\n`);
    process.exit(1);
  }
}

// Generating the client needs no schema engine, but Prisma looks for one and would try to download it:
// naming any existing executable keeps the build offline.
run(join(dirname(require.resolve('prisma/package.json')), 'build', 'index.js'), ['generate'], {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
});
rmSync(join(root, 'dist'), { recursive: true, force: true });
run(join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc'), ['-p', 'tsconfig.build.json']);
