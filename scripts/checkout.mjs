// What `npm test` and `npm run demo` need before they can run on a fresh clone: packages, and the built dist/.
// Plain JavaScript on Node's own modules, because nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs `npm ci` unless what is installed is what the lockfile asks for. */
export function ensureInstalled() {
  const wanted = readLock(join(root, 'package-lock.json'));
  const present = readLock(join(root, 'node_modules', '.package-lock.json'));
  // Another platform's optional packages are in the lockfile and never installed.
  const fits = Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  );
  if (fits) return;
  process.stderr.write('installing packages (npm ci) …\n');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const [program, ...args] = [...npm, 'ci', '--no-fund', '--no-audit', '--loglevel=error'];
  finish(spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2], shell: program === 'npm' }), 'npm ci');
}

/** Builds dist/ when it is missing or older than a source file: install scripts may have been blocked. */
export function ensureBuilt() {
  const entry = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
  const built = existsSync(entry) ? statSync(entry).mtimeMs : 0;
  const sources = ['apps', 'libs', 'gpu-workers', 'prisma', 'tsconfig.json', 'tsconfig.build.json'];
  if (built > 0 && sources.every((path) => newestChange(join(root, path)) <= built)) return;
  process.stderr.write('building …\n');
  const build = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: ['ignore', 2, 2] });
  finish(build, 'scripts/build.mjs');
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {};
}

function newestChange(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return /\.spec\.ts$/.test(path) ? 0 : status.mtimeMs;
  const entries = readdirSync(path).filter((name) => !['node_modules', 'generated', 'fixtures', 'test'].includes(name));
  return entries.reduce((newest, name) => Math.max(newest, newestChange(join(path, name))), 0);
}

function finish({ status, error }, what) {
  if (status === 0) return;
  process.stderr.write(`${what} failed${error ? `: ${error.message}` : ''}\n`);
  process.exit(status || 1);
}
